/* SPDX-License-Identifier: MIT */
#include "bitcoin/coinbase.h"

#include <string.h>

#include "bitcoin/serial.h"

static struct coinbase_output coinbase_read_output(struct serial *serial)
{
	struct coinbase_output output = {.value = serial_number(serial, 8)};
	uint64_t size = serial_compact(serial);

	output.script = serial_take(serial, size);
	output.script_size = output.script ? (size_t)size : 0;
	return output;
}

/* The one input of a coinbase: of no transaction, with a script of its own. */
static const char *coinbase_read_input(struct serial *serial, struct coinbase *ret)
{
	static const uint8_t nothing[36] = {[32] = 0xff, 0xff, 0xff, 0xff};
	uint64_t n = serial_compact(serial), size;
	const uint8_t *previous;

	if (n != 1 && !serial->failed)
		return "it has not one input";
	previous = serial_take(serial, sizeof(nothing));
	if (previous && memcmp(previous, nothing, sizeof(nothing)) != 0)
		return "its input spends another transaction";
	size = serial_compact(serial);
	ret->script_offset = serial->at;
	ret->script_size = (size_t)size;
	serial_take(serial, size);
	serial_take(serial, 4); /* sequence */
	return NULL;
}

const char *coinbase_parse(struct coinbase *ret, const uint8_t *bytes, size_t size)
{
	struct serial serial = {.bytes = bytes, .size = size};
	struct coinbase parsed = {.bytes = bytes};
	const char *wrong;
	uint64_t n;

	serial_take(&serial, 4); /* version */
	wrong = coinbase_read_input(&serial, &parsed);
	if (wrong)
		return wrong;
	n = serial_compact(&serial);
	parsed.outputs_offset = serial.at;
	for (uint64_t i = 0; i < n && !serial.failed; i++) {
		struct coinbase_output output = coinbase_read_output(&serial);

		if (output.value > COINBASE_MONEY_MAX ||
		    parsed.total + output.value > COINBASE_MONEY_MAX)
			return "its outputs are more money than there is";
		parsed.total += output.value;
	}
	serial_take(&serial, 4); /* lock time */
	if (serial.failed)
		return "it ends too early or has a length in a wrong form";
	if (serial.at != size)
		return "it has bytes behind its end";
	parsed.n_outputs = (size_t)n;
	*ret = parsed;
	return NULL;
}

struct coinbase_output coinbase_output(const struct coinbase *coinbase, size_t *offset)
{
	/* It was read once already: it has an end. */
	struct serial serial = {.bytes = coinbase->bytes, .size = SIZE_MAX, .at = *offset};
	struct coinbase_output output = coinbase_read_output(&serial);

	*offset = serial.at;
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
