/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A file that is replaced as a whole and crash-safe. The new file is written beside the old
 * one (replacing whatever has that name, never through a link), synchronised, and renamed over it;
 * then the directory is synchronised. So at any moment there is either the old file or the new one.
 * fsync(2) may take seconds: each step is an operation of the ring, and the loop never waits. Io
 * thread only.
 */
#include <stdbool.h>
#include <stddef.h>

#include "io/ring.h"

enum {
	STORE_NAME_MAX = 64,
	STORE_PIECES_MAX = 4,
};

enum store_step {
	STORE_IDLE,
	STORE_CLEARING,
	STORE_OPENING,
	STORE_WRITING,
	STORE_SYNCING,
	STORE_RENAMING,
	STORE_SYNCING_DIRECTORY,
	STORE_ABANDONING, /* what is there of the new file is removed, as it failed */
	STORE_REMOVING,
};

/* A part of what a file is to have: some bytes, borrowed. */
struct store_piece {
	const char *bytes;
	size_t size; /* below 2^31 */
};

struct store {
	struct ring *ring;
	struct ring_op op;
	/* A write or removal has ended: 0, or a negative errno, and the old file is in place. */
	void (*done)(struct store *store, int result);
	int directory_fd; /* -1: not open */
	bool borrowed;	  /* the directory is another store's */
	int fd;		  /* of the new file, or -1 */
	char name[STORE_NAME_MAX];
	char fresh[STORE_NAME_MAX]; /* name of the new file until it is complete */
	enum store_step step;
	struct store_piece pieces[STORE_PIECES_MAX];
	size_t n_pieces, written;
	int failure; /* while STORE_ABANDONING: the negative errno */
};

#define STORE_NULL ((struct store){.directory_fd = -1, .fd = -1})

/* name is a file name of less than STORE_NAME_MAX - 4 bytes. */
void store_init(struct store *store, struct ring *ring, const char *name,
		void (*done)(struct store *store, int result));

/* Another file of the same directory, as name of store_init(). Only when not busy. */
void store_set_name(struct store *store, const char *name);

/* Only when not busy, or when the ring is gone. Idempotent. */
void store_deinit(struct store *store);

/*
 * Opens the file's directory and locks it until store_deinit(), as store_files_open() says, with
 * its errors. Only once. Blocks.
 */
int store_open(struct store *store, const char *directory);

/* Shares the directory of a store that is open, and that stays open longer than this one. */
void store_open_beside(struct store *store, const struct store *other);

bool store_is_open(const struct store *store);

/*
 * Returns how many bytes the file has, which are in ret; max of a larger one. Negative errno;
 * -ENOENT: there is no file. Only when open, before the loop runs: it blocks.
 */
int store_read(const struct store *store, char *ret, size_t max);

/* Renames the file to its name and ".bad". Only when open. Blocks. */
int store_set_aside(const struct store *store);

bool store_busy(const struct store *store);

/*
 * Begins to replace the file by these n pieces, at most STORE_PIECES_MAX, one after the other.
 * Their bytes are borrowed until done(). Only when open and not busy.
 */
void store_write(struct store *store, const struct store_piece *pieces, size_t n);

/*
 * Begins to remove the file, if there is one. The directory is not synchronised: after a loss of
 * power the file may be back. Only when open and not busy.
 */
void store_remove(struct store *store);
