/* SPDX-License-Identifier: MIT */
/*
 * Invariant: a reader never stands behind its end, and once something was missing it stays failed
 * and gives zeros, so that only its end has to look.
 */
#include "bitcoin/coinbase.h"

#include <string.h>

struct reader {
	const uint8_t *bytes;
	size_t size, at;
	bool failed;
};

/* The next n bytes, or NULL. */
static const uint8_t *reader_take(struct reader *reader, uint64_t n)
{
	const uint8_t *bytes = reader->bytes + reader->at;

	if (reader->failed || n > reader->size - reader->at) {
		reader->failed = true;
		return NULL;
	}
	reader->at += (size_t)n;
	return bytes;
}

static uint64_t reader_number(struct reader *reader, unsigned n)
{
	const uint8_t *bytes = reader_take(reader, n);
	uint64_t value = 0;

	for (unsigned i = 0; bytes && i < n; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

/* A count in its only right form, the shortest. */
static uint64_t reader_compact(struct reader *reader)
{
	uint64_t first = reader_number(reader, 1), value, least;

	if (first < 0xfd)
		return first;
	value = reader_number(reader, 2u << (first - 0xfd));
	least = first == 0xfd ? 0xfd : UINT64_C(1) << (8u << (first - 0xfd));
	if (value < least)
		reader->failed = true;
	return reader->failed ? 0 : value;
}

static struct coinbase_output reader_output(struct reader *reader)
{
	struct coinbase_output output = {.value = reader_number(reader, 8)};
	uint64_t size = reader_compact(reader);

	output.script = reader_take(reader, size);
	output.script_size = output.script ? (size_t)size : 0;
	return output;
}

/* The one input of a coinbase: of no transaction, with a script of its own. */
static const char *reader_input(struct reader *reader, struct coinbase *ret)
{
	static const uint8_t nothing[36] = {[32] = 0xff, 0xff, 0xff, 0xff};
	uint64_t n = reader_compact(reader), size;
	const uint8_t *previous;

	if (n != 1 && !reader->failed)
		return "it has not one input";
	previous = reader_take(reader, sizeof(nothing));
	if (previous && memcmp(previous, nothing, sizeof(nothing)) != 0)
		return "its input spends another transaction";
	size = reader_compact(reader);
	ret->script_offset = reader->at;
	ret->script_size = (size_t)size;
	reader_take(reader, size);
	reader_take(reader, 4); /* sequence */
	return NULL;
}

const char *coinbase_parse(struct coinbase *ret, const uint8_t *bytes, size_t size)
{
	struct reader reader = {.bytes = bytes, .size = size};
	struct coinbase parsed = {.bytes = bytes};
	const char *wrong;
	uint64_t n;

	reader_take(&reader, 4); /* version */
	wrong = reader_input(&reader, &parsed);
	if (wrong)
		return wrong;
	n = reader_compact(&reader);
	parsed.outputs_offset = reader.at;
	for (uint64_t i = 0; i < n && !reader.failed; i++) {
		struct coinbase_output output = reader_output(&reader);

		if (output.value > COINBASE_MONEY_MAX ||
		    parsed.total + output.value > COINBASE_MONEY_MAX)
			return "its outputs are more money than there is";
		parsed.total += output.value;
	}
	reader_take(&reader, 4); /* lock time */
	if (reader.failed)
		return "it ends too early or has a length in a wrong form";
	if (reader.at != size)
		return "it has bytes behind its end";
	parsed.n_outputs = (size_t)n;
	*ret = parsed;
	return NULL;
}

struct coinbase_output coinbase_output(const struct coinbase *coinbase, size_t *offset)
{
	/* It was read once already: it has an end. */
	struct reader reader = {.bytes = coinbase->bytes, .size = SIZE_MAX, .at = *offset};
	struct coinbase_output output = reader_output(&reader);

	*offset = reader.at;
	return output;
}

uint64_t coinbase_paid(const struct coinbase *coinbase, const uint8_t *script, size_t script_size)
{
	size_t offset = coinbase->outputs_offset;
	uint64_t paid = 0;

	for (size_t i = 0; i < coinbase->n_outputs; i++) {
		struct coinbase_output output = coinbase_output(coinbase, &offset);

		if (output.script && output.script_size == script_size &&
		    memcmp(output.script, script, script_size) == 0)
			paid += output.value;
	}
	return paid;
}
