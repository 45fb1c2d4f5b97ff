/* SPDX-License-Identifier: MIT */
#include "common/log_limit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"

static bool limit_over(const struct log_limit_entry *entry, uint64_t now)
{
	return !entry->begin_ns || now - entry->begin_ns >= LOG_LIMIT_S * CLOCK_S;
}

static bool limit_is(const struct log_limit_entry *entry, const struct log_limit_subject *subject)
{
	if (!entry->subject_name || !subject->name)
		return entry->subject_name == subject->name;
	return strcmp(entry->subject_name, subject->name) == 0 &&
	       strncmp(entry->subject, subject->value, sizeof(entry->subject) - 1) == 0;
}

static struct log_limit_entry *limit_claim(struct log_limit_entry *entry, const void *site,
					   const struct log_limit_subject *subject)
{
	*entry = (struct log_limit_entry){.site = site, .subject_name = subject->name};
	if (subject->name)
		snprintf(entry->subject, sizeof(entry->subject), "%s", subject->value);
	return entry;
}

static struct log_limit_entry *limit_find(struct log_limit *limit, const void *site,
					  const struct log_limit_subject *subject, uint64_t now)
{
	static const struct log_limit_subject others = {};
	struct log_limit_entry *shared = &limit->entries[LOG_LIMIT_ENTRIES - 1], *free = shared;
	unsigned subjects = 0;

	for (struct log_limit_entry *entry = limit->entries; entry < shared; entry++) {
		if (entry->site == site && limit_is(entry, subject))
			return entry;
		/* A summary that is due keeps its entry. */
		if (limit_over(entry, now) && !entry->suppressed)
			free = entry;
		else
			subjects += entry->site == site;
	}
	if (subjects >= LOG_LIMIT_SUBJECTS && subject->name)
		return limit_find(limit, site, &others, now);
	return free == shared ? shared : limit_claim(free, site, subject);
}

bool log_limit_take(struct log_limit *limit, const void *site,
		    const struct log_limit_subject *subject, unsigned max, uint64_t now,
		    struct log_limit_entry **ret_entry, uint64_t *ret_suppressed)
{
	struct log_limit_entry *entry = limit_find(limit, site, subject, now);

	*ret_entry = entry;
	if (limit_over(entry, now)) {
		entry->begin_ns = now;
		entry->logged = 0;
	}
	if (entry->logged >= max) {
		limit->n_suppressing += entry->suppressed++ == 0;
		return false;
	}
	entry->logged++;
	*ret_suppressed = entry->suppressed;
	limit->n_suppressing -= entry->suppressed != 0;
	entry->suppressed = 0;
	entry->text[0] = '\0';
	return true;
}

void log_limit_keep(struct log_limit_entry *entry, int level, const char *text)
{
	entry->level = level;
	snprintf(entry->text, sizeof(entry->text), "%s", text);
}

struct log_limit_entry *log_limit_due(struct log_limit *limit, uint64_t now, bool all, size_t *at)
{
	while (limit->n_suppressing && *at < LOG_LIMIT_ENTRIES) {
		struct log_limit_entry *entry = &limit->entries[(*at)++];

		if (entry->suppressed && (all || limit_over(entry, now)))
			return entry;
	}
	return NULL;
}

void log_limit_clear(struct log_limit *limit, struct log_limit_entry *entry)
{
	limit->n_suppressing -= entry->suppressed != 0;
	*entry = (struct log_limit_entry){};
}

const char *log_limit_suffix(char ret[LOG_LIMIT_SUFFIX_MAX], uint64_t suppressed)
{
	*ret = '\0';
	if (suppressed)
		snprintf(ret, LOG_LIMIT_SUFFIX_MAX, " (%" PRIu64 " more suppressed)", suppressed);
	return ret;
}
