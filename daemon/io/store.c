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
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"

enum { STORE_MODE = 0640 };

static void store_close(struct store *store)
{
	int fd = take_fd(&store->fd);

	cleanup_close(&fd);
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
	int directory_fd = take_fd(&store->directory_fd);

	assert(!store_busy(store) || !store->ring->initialized);
	store_close(store);
	cleanup_close(&directory_fd);
}

/*
 * The kernel releases the files of an io_uring, and so the lock, some time after its process ends.
 */
static int store_lock(int fd)
{
	const uint64_t end = clock_now() + STORE_LOCK_MS * CLOCK_MS;
	const struct timespec pause = {.tv_nsec = 10 * CLOCK_MS};

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK || clock_now() >= end)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return 0;
}

int store_open(struct store *store, const char *directory)
{
	CLEANUP(cleanup_close) int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	assert(store->directory_fd < 0);
	if (fd < 0 || faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return -errno;
	r = store_lock(fd);
	if (r < 0)
		return r;
	store->directory_fd = take_fd(&fd);
	return 0;
}

int store_read(const struct store *store, char ret[STORE_SIZE_MAX])
{
	CLEANUP(cleanup_close)
	int fd = openat(store->directory_fd, store->name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	size_t size = 0;
	ssize_t n = 1;

	assert(store->directory_fd >= 0);
	if (fd < 0)
		return -errno;
	while (n > 0 && size < STORE_SIZE_MAX) {
		n = read(fd, ret + size, STORE_SIZE_MAX - size);
		if (n < 0)
			return -errno;
		size += (size_t)n;
	}
	return (int)size;
}

int store_set_aside(const struct store *store)
{
	char aside[STORE_NAME_MAX];

	assert(store->directory_fd >= 0);
	snprintf(aside, sizeof(aside), "%.*s.bad", STORE_NAME_MAX - 5, store->name);
	return renameat(store->directory_fd, store->name, store->directory_fd, aside) < 0 ? -errno
											  : 0;
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
