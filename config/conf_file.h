/* SPDX-License-Identifier: MIT */
#pragma once

/* Reads files that the user names, without ever waiting for a FIFO. Internal to config/. */
#include <stddef.h>
#include <sys/types.h>

enum { CONF_REASON_MAX = 256 /* bytes of a reason and its NUL */ };

struct conf_file {
	char *data; /* owned; data[size] is a NUL beyond the content */
	size_t size;
	mode_t mode;
	dev_t device;
	ino_t inode;
};

#define CONF_FILE_NULL ((struct conf_file){})

enum conf_file_result { CONF_FILE_OK, CONF_FILE_REFUSED };

/*
 * Reads a regular file of at most max bytes. CONF_FILE_REFUSED: it is not a regular file, is
 * longer, or cannot be read; reason says why and what to do, as the end of a sentence. Negative
 * errno: allocation failure.
 */
int conf_file_read(struct conf_file *ret, const char *path, size_t max,
		   char reason[CONF_REASON_MAX]);

/* Idempotent. */
void conf_file_deinit(struct conf_file *file);
