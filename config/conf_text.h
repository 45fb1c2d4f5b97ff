/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A configuration file with its @include files in place, as one text for libconfig, and the file
 * and line that each line of the text came from. The @include of libconfig 1.5 cannot do this: it
 * takes all paths relative to one directory and not to the including file, waits for a FIFO, stops
 * at the first error, and does not see an include loop; only from 1.7 on a function of the caller
 * may find the files. Internal to config/.
 */
#include <stdio.h>
#include <sys/types.h>

#include "config/conf.h"
#include "config/conf_messages.h"

enum {
	CONF_FILES_MAX = 32,	     /* files read for one configuration */
	CONF_DEPTH_MAX = 8,	     /* of @include within @include */
	CONF_SIZE_MAX = 1024 * 1024, /* bytes of all files together */
	/* Keys of all files together: libconfig compares each with all others of its group. */
	CONF_SETTINGS_MAX = 4096,
};

/* One file, as often as it is included. */
struct conf_text_file {
	char *path; /* owned */
	mode_t mode;
	dev_t device;
	ino_t inode;
	const struct conf_text_file *parent; /* that includes it; NULL: the first file */
	unsigned parent_line;		     /* of the @include, in parent */
	unsigned parent_order;		     /* and in the whole text */
	bool warned;			     /* that other users can read a password in it */
};

struct conf_text_line {
	struct conf_text_file *file;
	unsigned line; /* of file, from 1 on */
	bool broken;   /* a message about it was added: others would mislead */
};

struct conf_text {
	char *text; /* for libconfig, when conf_text_load() is done; size bytes and a NUL */
	size_t size;
	FILE *out; /* writes text */
	struct conf_text_line *lines;
	size_t n_lines, lines_room;
	struct conf_text_file files[CONF_FILES_MAX];
	size_t n_files;
	size_t bytes;	 /* read from all files */
	unsigned n_keys; /* so far: see conf_scan.h */
	bool incomplete; /* a file could not be read: what is missing may have been in it */
	bool cut;	 /* the rest was not read: libconfig cannot parse it */
	struct conf_messages *messages;
};

#define CONF_TEXT_NULL ((struct conf_text){})

/*
 * Adds errors to messages; the text has what could be read. text is CONF_TEXT_NULL. Negative
 * errno: allocation failure.
 */
int conf_text_load(struct conf_text *text, const char *file, struct conf_messages *messages);

/* The same, of n lines in the place of a file, at most CONF_LINES_MAX; an option is a place. */
int conf_text_load_lines(struct conf_text *text, const struct conf_line *lines, size_t n,
			 struct conf_messages *messages);

void conf_text_deinit(struct conf_text *text);

/* A line of the text, counted from 1 as libconfig does. Only after conf_text_load(). */
struct conf_text_line *conf_text_line(const struct conf_text *text, unsigned line);

/* The place of that line, for a message. */
struct conf_place conf_text_place(const struct conf_text *text, unsigned line);
