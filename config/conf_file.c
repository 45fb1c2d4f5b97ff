/* SPDX-License-Identifier: MIT */
#include "config/conf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"

void conf_file_deinit(struct conf_file *file)
{
	free(file->data);
	*file = CONF_FILE_NULL;
}

/* The kind of a file that is not a regular one. */
static const char *conf_file_kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "directory";
	case S_IFIFO:
		return "FIFO";
	case S_IFSOCK:
		return "socket";
	default:
		return "device";
	}
}

static int conf_file_refuse(int error, char reason[CONF_REASON_MAX])
{
	if (error == ENOMEM)
		return -ENOMEM;
	if (error == EACCES)
		snprintf(reason, CONF_REASON_MAX,
			 "%s for the user with id %u; change owner or mode of the file and its "
			 "directories",
			 strerror(error), (unsigned)geteuid());
	else
		snprintf(reason, CONF_REASON_MAX, "%s", strerror(error));
	return CONF_FILE_REFUSED;
}

/*
 * Opens path. Opening a FIFO would wait, and opening some devices has effects: so the file is
 * checked before, and again when it is open, because it may have been replaced in between.
 */
static int conf_file_open(int *ret, const char *path, struct stat *status,
			  char reason[CONF_REASON_MAX])
{
	CLEANUP(cleanup_close) int fd = -1;

	if (stat(path, status) < 0)
		return conf_file_refuse(errno, reason);
	if (S_ISREG(status->st_mode)) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		if (fd < 0 || fstat(fd, status) < 0)
			return conf_file_refuse(errno, reason);
	}
	if (!S_ISREG(status->st_mode)) {
		snprintf(reason, CONF_REASON_MAX, "it is a %s; name a regular file",
			 conf_file_kind(status->st_mode));
		return CONF_FILE_REFUSED;
	}
	*ret = take_fd(&fd);
	return CONF_FILE_OK;
}

int conf_file_read(struct conf_file *ret, const char *path, size_t max,
		   char reason[CONF_REASON_MAX])
{
	CLEANUP(cleanup_free) char *data = NULL;
	CLEANUP(cleanup_close) int fd = -1;
	struct stat status;
	size_t size = 0;
	int r;

	r = conf_file_open(&fd, path, &status, reason);
	if (r != CONF_FILE_OK)
		return r;
	data = malloc(max + 2);
	if (!data)
		return -ENOMEM;
	while (size <= max) {
		ssize_t n = read(fd, data + size, max + 1 - size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return conf_file_refuse(errno, reason);
		if (n == 0)
			break;
		size += (size_t)n;
	}
	if (size > max) {
		snprintf(reason, CONF_REASON_MAX, "it is larger than %zu bytes", max);
		return CONF_FILE_REFUSED;
	}
	data[size] = '\0';
	*ret = (struct conf_file){TAKE(data), size, status.st_mode, status.st_dev, status.st_ino};
	return CONF_FILE_OK;
}
