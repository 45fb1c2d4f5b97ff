/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A directory in memory, in the place of daemon/io/store_files.c and of the file operations of the
 * ring. It knows what is on the medium already: a loss of power takes the rest away. It outlives
 * runs of the daemon, until fake_disk_begin().
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FAKE_DISK_FILES = 64,
	FAKE_DISK_SIZE = 256 * 1024, /* bytes of a file */
	FAKE_DISK_NAME = 64,
	FAKE_DISK_DIRECTORY = 900000, /* its descriptor: none of the process itself */
	FAKE_DISK_FD = 900001,	      /* and of the first file */
};

/* An empty directory. */
void fake_disk_begin(void);

/* What was not synchronised is gone, and so are all descriptors. */
void fake_disk_power_loss(void);

/* The bytes of a file, and how many; NULL: there is none of that name. */
const char *fake_disk_file(const char *name, size_t *ret_size);

/* Whether a file has these bytes, on the medium. */
bool fake_disk_keeps(const char *bytes, size_t n);

/* The same, as it would be after a loss of power. */
const char *fake_disk_medium(const char *name, size_t *ret_size);

/* What another process writes: it is there at once, and stays. NULL: the file is gone. */
void fake_disk_put(const char *name, const char *text);

/* Files that are open, the directory not counted. */
size_t fake_disk_open_count(void);

/* For the ring: what the operations return. A name that begins with '/' is in the directory, too.
 */
int fake_disk_open(int directory, const char *name, int flags);
int fake_disk_read(int fd, void *ret, size_t max);
int fake_disk_write(int fd, const void *bytes, size_t n, uint64_t offset);
int fake_disk_fsync(int fd);
int fake_disk_unlink(int directory, const char *name);
int fake_disk_rename(int directory, const char *from, const char *to);
