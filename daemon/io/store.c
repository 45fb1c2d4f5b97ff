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

static void store_write_on(struct store *store)
{
	store->step = STORE_WRITING;
	ring_write(store->ring, &store->op, store->fd, store->bytes + store->written,
		   (unsigned)(store->size - store->written), store->written);
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
		if (store->written < store->size) {
			store_write_on(store);
			return;
		}
		store->step = STORE_SYNCING;
		ring_fsync(store->ring, &store->op, store->fd);
		return;
	case STORE_SYNCING:
		store_rename(store);
		return;
	case STORE_RENAMING:
		store->step = STORE_SYNCING_DIRECTORY;
		ring_fsync(store->ring, &store->op, store->directory_fd);
		return;
	case STORE_SYNCING_DIRECTORY:
	case STORE_IDLE:
		store_finish(store, 0);
	}
}

static void store_on_op(struct ring_op *op, int result)
{
	struct store *store = container_of(op, struct store, op);

	/* A file system that cannot synchronise directories, and need not, returns EINVAL. */
	if (store->step == STORE_SYNCING_DIRECTORY && result == -EINVAL)
		result = 0;
	if (store->step == STORE_CLEARING && result == -ENOENT)
		result = 0;
	if (store->step == STORE_WRITING && result == 0)
		result = -ENOSPC;
	if (result < 0)
		store_finish(store, result);
	else
		store_go_on(store, result);
}

void store_init(struct store *store, struct ring *ring, const char *name,
		void (*done)(struct store *store, int result))
{
	assert(strlen(name) < STORE_NAME_MAX - 4 && !strchr(name, '/'));
	*store = (struct store){
		.ring = ring, .op.fn = store_on_op, .done = done, .directory_fd = -1, .fd = -1};
	snprintf(store->name, sizeof(store->name), "%s", name);
	snprintf(store->fresh, sizeof(store->fresh), "%.*s.new", STORE_NAME_MAX - 5, name);
}

void store_deinit(struct store *store)
{
	assert(!store_busy(store) || !store->ring->initialized);
	store_close(store);
	if (store->directory_fd >= 0)
		store_files_close(take_fd(&store->directory_fd));
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

int store_read(const struct store *store, char ret[STORE_SIZE_MAX])
{
	assert(store->directory_fd >= 0);
	return store_files_read(store->directory_fd, store->name, ret, STORE_SIZE_MAX);
}

int store_set_aside(const struct store *store)
{
	char aside[STORE_NAME_MAX];

	assert(store->directory_fd >= 0);
	snprintf(aside, sizeof(aside), "%.*s.bad", STORE_NAME_MAX - 5, store->name);
	return store_files_rename(store->directory_fd, store->name, aside);
}

bool store_busy(const struct store *store)
{
	return store->step != STORE_IDLE;
}

void store_write(struct store *store, const char *bytes, size_t size)
{
	assert(store->directory_fd >= 0 && !store_busy(store) && size <= STORE_SIZE_MAX);
	store->size = size;
	store->written = 0;
	memcpy(store->bytes, bytes, store->size);
	store->step = STORE_CLEARING;
	ring_unlinkat(store->ring, &store->op, store->directory_fd, store->fresh);
}
