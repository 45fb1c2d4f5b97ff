/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A small file that is replaced as a whole and crash-safe. The new file is written beside the old
 * one (replacing whatever has that name, never through a link), synchronised, and renamed over it;
 * then the directory is synchronised. So at any moment there is either the old file or the new one.
 * fsync(2) may take seconds: each step is an operation of the ring, and the loop never waits. Io
 * thread only.
 */
#include <stdbool.h>
#include <stddef.h>

#include "io/ring.h"

enum {
	STORE_SIZE_MAX = 4096, /* bytes of the file */
	STORE_NAME_MAX = 64,
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
	/* A write has ended: 0, or a negative errno, and the old file is still in place. */
	void (*done)(struct store *store, int result);
	int directory_fd; /* -1: not open */
	int fd;		  /* of the new file, or -1 */
	char name[STORE_NAME_MAX];
	char fresh[STORE_NAME_MAX]; /* name of the new file until it is complete */
	enum store_step step;
	char bytes[STORE_SIZE_MAX];
	size_t size, written;
};

#define STORE_NULL ((struct store){.directory_fd = -1, .fd = -1})

/* name is a file name of less than STORE_NAME_MAX - 4 bytes. */
void store_init(struct store *store, struct ring *ring, const char *name,
		void (*done)(struct store *store, int result));

/* Only when not busy, or when the ring is gone. Idempotent. */
void store_deinit(struct store *store);

/*
 * Opens the file's directory and locks it until store_deinit(), as store_files_open() says, with
 * its errors. Only once. Blocks.
 */
int store_open(struct store *store, const char *directory);

/*
 * Returns how many bytes the file has, which are in ret; STORE_SIZE_MAX of a larger one. Negative
 * errno; -ENOENT: there is no file. Only when open, before the loop runs: it blocks.
 */
int store_read(const struct store *store, char ret[STORE_SIZE_MAX]);

/* Renames the file to its name and ".bad". Only when open. Blocks. */
int store_set_aside(const struct store *store);

bool store_busy(const struct store *store);

/*
 * Begins to replace the file by at most STORE_SIZE_MAX bytes, which are copied. Only when open and
 * not busy.
 */
void store_write(struct store *store, const char *bytes, size_t size);
