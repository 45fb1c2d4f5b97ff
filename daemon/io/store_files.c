/* SPDX-License-Identifier: MIT */
#include "io/store_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"

/*
 * The kernel releases the files of an io_uring, and so the lock, some time after its process ends.
 */
static int store_files_lock(int fd)
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

int store_files_open(const char *directory)
{
	CLEANUP(cleanup_close) int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd < 0 || faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return -errno;
	r = store_files_lock(fd);
	return r < 0 ? r : take_fd(&fd);
}

int store_files_read(int directory_fd, const char *name, char *ret, size_t max)
{
	CLEANUP(cleanup_close)
	int fd = openat(directory_fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	size_t size = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (n > 0 && size < max) {
		n = read(fd, ret + size, max - size);
		if (n < 0)
			return -errno;
		size += (size_t)n;
	}
	return (int)size;
}

int store_files_rename(int directory_fd, const char *from, const char *to)
{
	return renameat(directory_fd, from, directory_fd, to) < 0 ? -errno : 0;
}

void store_files_close(int fd)
{
	assert(fd >= 0);
	close(fd);
}
