/* SPDX-License-Identifier: MIT */
#include "model_log.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "violation.h"

enum { LOG_MINUTE = 400 /* lines a minute */ };

/* Texts in the log that scenarios ask for. */
static const char *const watched[] = {"connection lost", "no pool can be mined on",
				      "which is left out", "mining.configure, which is left out"};

static struct {
	/* Of the minute that runs. */
	uint64_t minute;
	unsigned lines;
	unsigned seen[ARRAY_SIZE(watched)]; /* lines with these texts */
} model;

void model_log_begin(void)
{
	memset(&model, 0, sizeof(model));
}

void model_log_line(int level, const char *text)
{
	uint64_t minute = clock_now() / (60 * CLOCK_S);

	if (minute != model.minute)
		model.lines = 0;
	model.minute = minute;
	model.lines += level <= LOG_LEVEL_INFO;
	for (size_t i = 0; i < ARRAY_SIZE(watched); i++)
		model.seen[i] += strstr(text, watched[i]) != NULL;
	VIOLATION_IF(model.lines > LOG_MINUTE, "more than %d log lines in a minute", LOG_MINUTE);
}

unsigned model_log_lines_with(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(watched); i++)
		if (strcmp(watched[i], text) == 0)
			return model.seen[i];
	violation("nobody watches for \"%s\"", text);
}
