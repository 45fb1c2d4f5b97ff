/* SPDX-License-Identifier: MIT */
/*
 * Invariant: in every step but STORE_IDLE exactly one operation is armed, and its bytes, names and
 * descriptors are not touched until it completes.
 */
#include "io/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/container.h"
#include "io/store_files.h"

enum { STORE_MODE = 0640 };

static void store_close(struct store *store)
{
	if (store->fd >= 0)
		store_files_close(take_fd(&store->fd));
}

static void store_finish(struct store *store, int result)
{
	store_close(store);
	store->step = STORE_IDLE;
	store->done(store, result);
}

/* What of the pieces is not written yet goes to the disk piece by piece, then all is synchronised.
 */
static void store_write_on(struct store *store)
{
	size_t offset = store->written;

	for (size_t i = 0; i < store->n_pieces; i++) {
		const struct store_piece *piece = &store->pieces[i];

		if (offset < piece->size) {
			store->step = STORE_WRITING;
			ring_write(store->ring, &store->op, store->fd, piece->bytes + offset,
				   (unsigned)(piece->size - offset), store->written);
			return;
		}
		offset -= piece->size;
	}
	store->step = STORE_SYNCING;
	ring_fsync(store->ring, &store->op, store->fd);
}

static void store_rename(struct store *store)
{
	/* It is synchronised, so close(2) does not wait. */
	store_close(store);
	store->step = STORE_RENAMING;
	ring_renameat(store->ring, &store->op, store->directory_fd, store->fresh, store->name);
}

/* A step has succeeded: begins the next one. */
static void store_go_on(struct store *store, int result)
{
	switch (store->step) {
	case STORE_CLEARING:
		store->step = STORE_OPENING;
		ring_openat(store->ring, &store->op, store->directory_fd, store->fresh,
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, STORE_MODE);
		return;
	case STORE_OPENING:
		store->fd = result;
		store_write_on(store);
		return;
	case STORE_WRITING:
		store->written += (size_t)result;
		store_write_on(store);
		return;
	case STORE_SYNCING:
		store_rename(store);
		return;
	case STORE_RENAMING:
		store->step = STORE_SYNCING_DIRECTORY;
		ring_fsync(store->ring, &store->op, store->directory_fd);
		return;
	case STORE_ABANDONING:
		store_finish(store, store->failure);
		return;
	case STORE_SYNCING_DIRECTORY:
	case STORE_REMOVING:
	case STORE_IDLE:
		store_finish(store, 0);
	}
}

/* Half of a large file is no good on a disk that may be full. */
static void store_fail(struct store *store, int result)
{
	switch (store->step) {
	case STORE_WRITING:
	case STORE_SYNCING:
	case STORE_RENAMING:
		store_close(store);
		store->failure = result;
		store->step = STORE_ABANDONING;
		ring_unlinkat(store->ring, &store->op, store->directory_fd, store->fresh);
		return;
	case STORE_ABANDONING:
		store_finish(store, store->failure);
		return;
	case STORE_CLEARING:
	case STORE_OPENING:
	case STORE_SYNCING_DIRECTORY:
	case STORE_REMOVING:
	case STORE_IDLE:
		store_finish(store, result);
	}
}

static void store_on_op(struct ring_op *op, int result)
{
	struct store *store = container_of(op, struct store, op);

	/* A file system that cannot synchronise directories, and need not, returns EINVAL. */
	if (store->step == STORE_SYNCING_DIRECTORY && result == -EINVAL)
		result = 0;
	if ((store->step == STORE_CLEARING || store->step == STORE_REMOVING) && result == -ENOENT)
		result = 0;
	if (store->step == STORE_WRITING && result == 0)
		result = -ENOSPC;
	if (result < 0)
		store_fail(store, result);
	else
		store_go_on(store, result);
}

void store_init(struct store *store, struct ring *ring, const char *name,
		void (*done)(struct store *store, int result))
{
	*store = (struct store){
		.ring = ring, .op.fn = store_on_op, .done = done, .directory_fd = -1, .fd = -1};
	store_set_name(store, name);
}

void store_set_name(struct store *store, const char *name)
{
	assert(!store_busy(store));
	assert(strlen(name) < STORE_NAME_MAX - 4 && !strchr(name, '/'));
	snprintf(store->name, sizeof(store->name), "%s", name);
	snprintf(store->fresh, sizeof(store->fresh), "%.*s.new", STORE_NAME_MAX - 5, name);
}

void store_deinit(struct store *store)
{
	assert(!store_busy(store) || !store->ring->initialized);
	store_close(store);
	if (store->directory_fd >= 0 && !store->borrowed)
		store_files_close(store->directory_fd);
	store->directory_fd = -1;
}

int store_open(struct store *store, const char *directory)
{
	int fd;

	assert(store->directory_fd < 0);
	fd = store_files_open(directory);
	if (fd < 0)
		return fd;
	store->directory_fd = fd;
	return 0;
}

void store_open_beside(struct store *store, const struct store *other)
{
	assert(store->directory_fd < 0 && store_is_open(other));
	store->directory_fd = other->directory_fd;
	store->borrowed = true;
}

bool store_is_open(const struct store *store)
{
	return store->directory_fd >= 0;
}

int store_read(const struct store *store, char *ret, size_t max)
{
	assert(store_is_open(store));
	return store_files_read(store->directory_fd, store->name, ret, max);
}

int store_set_aside(const struct store *store)
{
	char aside[STORE_NAME_MAX];

	assert(store_is_open(store));
	snprintf(aside, sizeof(aside), "%.*s.bad", STORE_NAME_MAX - 5, store->name);
	return store_files_rename(store->directory_fd, store->name, aside);
}

bool store_busy(const struct store *store)
{
	return store->step != STORE_IDLE;
}

void store_write(struct store *store, const struct store_piece *pieces, size_t n)
{
	assert(store_is_open(store) && !store_busy(store) && n <= STORE_PIECES_MAX);
	memcpy(store->pieces, pieces, n * sizeof(*pieces));
	store->n_pieces = n;
	store->written = 0;
	store->step = STORE_CLEARING;
	ring_unlinkat(store->ring, &store->op, store->directory_fd, store->fresh);
}

void store_remove(struct store *store)
{
	assert(store_is_open(store) && !store_busy(store));
	store->step = STORE_REMOVING;
	ring_unlinkat(store->ring, &store->op, store->directory_fd, store->name);
}
