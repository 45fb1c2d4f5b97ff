/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Limits how often each place in the source logs about each subject (a pool, a client): at most
 * LOG_LIMIT_MESSAGES messages a minute; the others are suppressed and counted. The table is
 * bounded: a place has at most LOG_LIMIT_SUBJECTS entries, its further subjects share one, and when
 * the table is full, everything new shares the last entry. All zeros is an empty table. Not
 * thread-safe.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LOG_LIMIT_S = 60,	    /* the period that messages are counted over */
	LOG_LIMIT_MESSAGES = 10,    /* of a place and subject within it */
	LOG_LIMIT_DEBUG = 10000,    /* the same while messages of level debug are logged */
	LOG_LIMIT_ENTRIES = 256,    /* of the table, the last one that all others share included */
	LOG_LIMIT_SUBJECTS = 20,    /* of one place; more than there may be pools */
	LOG_LIMIT_SUBJECT_MAX = 64, /* characters of a subject that are kept */
	LOG_LIMIT_TEXT_MAX = 200,   /* and of the first message that is suppressed */
	LOG_LIMIT_SUFFIX_MAX = 40,  /* of " (N more suppressed)" */
};

/* Name and value of the field that is the subject; NULL: there is none. */
struct log_limit_subject {
	const char *name; /* with static lifetime */
	const char *value;
};

struct log_limit_entry {
	const void *site;    /* NULL: the entry is free, or the shared one */
	uint64_t begin_ns;   /* when the period began; 0: in none */
	unsigned logged;     /* messages in it */
	uint64_t suppressed; /* since the last one that was logged */
	int level;	     /* of the first of these */
	const char *subject_name;
	char subject[LOG_LIMIT_SUBJECT_MAX];
	char text[LOG_LIMIT_TEXT_MAX]; /* the first of them; "": none */
};

struct log_limit {
	struct log_limit_entry entries[LOG_LIMIT_ENTRIES];
	unsigned n_suppressing; /* entries with suppressed messages: none, most of the time */
};

/*
 * Counts a message of a site (the address of a place in the source) and finds its entry. true: the
 * message is to be logged, and *ret_suppressed messages were suppressed before it. false: it is
 * suppressed; log_limit_keep() must be called if (*ret_entry)->text is empty.
 */
bool log_limit_take(struct log_limit *limit, const void *site,
		    const struct log_limit_subject *subject, unsigned max, uint64_t now,
		    struct log_limit_entry **ret_entry, uint64_t *ret_suppressed);

/* Keeps the text of a suppressed message for the summary. */
void log_limit_keep(struct log_limit_entry *entry, int level, const char *text);

/*
 * The next entry from *at on that has suppressed messages and whose period is over (all: or is not
 * over). The caller logs a summary and calls log_limit_clear(). NULL: there is none.
 */
struct log_limit_entry *log_limit_due(struct log_limit *limit, uint64_t now, bool all, size_t *at);
void log_limit_clear(struct log_limit *limit, struct log_limit_entry *entry);

/* " (N more suppressed)"; "" for none. Returns ret. */
const char *log_limit_suffix(char ret[LOG_LIMIT_SUFFIX_MAX], uint64_t suppressed);
