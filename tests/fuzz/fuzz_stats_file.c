/* SPDX-License-Identifier: MIT */
/*
 * state/stats_file: any bytes are statistics that can be written and are read back the same, or are
 * refused with a reason, and then nothing was written.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "state/stats_file.h"

enum { UNTOUCHED = 0x5a };

static void check_refused(const struct stats_file *stats, const char *wrong)
{
	const uint8_t *byte = (const uint8_t *)stats;

	assert(*wrong);
	for (size_t i = 0; i < sizeof(*stats); i++)
		assert(byte[i] == UNTOUCHED);
}

static void check_best(const struct stats_file *stats)
{
	if (!stats->has_best) {
		assert(!stats->best_pool[0] && !stats->best_s);
		return;
	}
	assert(memchr(stats->best_pool, '\0', sizeof(stats->best_pool)));
	assert(isfinite(target_difficulty(&stats->best)) && target_difficulty(&stats->best) > 0);
}

static bool same(const struct stats_file *a, const struct stats_file *b)
{
	return a->since_s == b->since_s && a->accepted == b->accepted &&
	       a->blocks_found == b->blocks_found && a->blocks_accepted == b->blocks_accepted &&
	       a->has_best == b->has_best && memcmp(&a->best, &b->best, sizeof(a->best)) == 0 &&
	       a->best_s == b->best_s && strcmp(a->best_pool, b->best_pool) == 0;
}

/* What a daemon writes, the next one reads. */
static void check_again(const struct stats_file *stats)
{
	static char text[STATS_FILE_SIZE_MAX];
	size_t n = stats_file_text(text, stats);
	struct stats_file again;

	assert(n > 0 && n <= sizeof(text) && text[n - 1] == '\n');
	assert(!stats_file_parse(&again, text, n));
	assert(same(stats, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* In memory that ends with the last byte: the text has no NUL. */
	char *text = malloc(size ? size : 1);
	struct stats_file stats;
	const char *wrong;

	assert(text);
	if (size)
		memcpy(text, data, size);
	memset(&stats, UNTOUCHED, sizeof(stats));
	wrong = stats_file_parse(&stats, text, size);
	if (wrong) {
		check_refused(&stats, wrong);
	} else {
		check_best(&stats);
		check_again(&stats);
	}
	free(text);
	return 0;
}
