/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A small file that is replaced as a whole and crash-safe: the new one is written beside it (in the
 * place of whatever has its name, never through a link), synchronised, renamed over it, and then
 * the directory is synchronised, so that at any moment there is either the old one or the new one.
 * As fsync(2) may take seconds, each of these steps is an operation of the ring, and the loop never
 * waits. Io thread only.
 */
#include <stdbool.h>
#include <stddef.h>

#include "io/ring.h"

enum {
	STORE_SIZE_MAX = 4096, /* bytes of the file */
	STORE_NAME_MAX = 64,
	STORE_LOCK_MS = 3000, /* that a process is waited for that has just ended */
};

enum store_step {
	STORE_IDLE,
	STORE_CLEARING,
	STORE_OPENING,
	STORE_WRITING,
	STORE_SYNCING,
	STORE_RENAMING,
	STORE_SYNCING_DIRECTORY,
};

struct store {
	struct ring *ring;
	struct ring_op op;
	/* A write has ended: 0, or a negative errno, and then the old file is still there. */
	void (*done)(struct store *store, int result);
	int directory_fd; /* -1: not open */
	int fd;		  /* of the new file, or -1 */
	char name[STORE_NAME_MAX];
	char fresh[STORE_NAME_MAX]; /* the name until it is whole */
	enum store_step step;
	char bytes[STORE_SIZE_MAX];
	size_t size, written;
};

#define STORE_NULL ((struct store){.directory_fd = -1, .fd = -1})

/* name has no directory in it, and room for a suffix of 4 characters. */
void store_init(struct store *store, struct ring *ring, const char *name,
		void (*done)(struct store *store, int result));

/* When nothing is armed any more. */
void store_deinit(struct store *store);

/*
 * Says where the file is, and keeps the directory to this process (flock(2)) until store_deinit().
 * -EWOULDBLOCK: another process keeps it; other negative errno: it is no directory that files can
 * be made in. Blocks.
 */
int store_open(struct store *store, const char *directory);

/*
 * The file's bytes; one that is larger than it can be gives STORE_SIZE_MAX of them. -ENOENT: there
 * is none; other negative errno. Only before the loop turns: it blocks.
 */
int store_read(const struct store *store, char ret[STORE_SIZE_MAX]);

/* Gives the file another name, its own with ".bad", so that a new one can take its place. Blocks.
 */
int store_set_aside(const struct store *store);

bool store_busy(const struct store *store);

/* Begins to replace the file by at most STORE_SIZE_MAX bytes, which are copied. Not while busy. */
void store_write(struct store *store, const char *bytes, size_t size);
