/* SPDX-License-Identifier: MIT */
/*
 * Names and contents reach the medium by fsync(2) of the directory and of the file, no sooner; that
 * a file was emptied reaches it at once. Of each the file system may do the opposite, which is
 * better.
 */
#include "fake_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/assert.h"
#include "common/container.h"
#include "io/store_files.h"

struct fake_content {
	char bytes[FAKE_DISK_SIZE];
	size_t size;
};

/* An inode. What lies behind its size is never touched. */
static struct fake_file {
	struct fake_content now, medium;
} files[FAKE_DISK_FILES];

static void copy(struct fake_content *to, const struct fake_content *from)
{
	memcpy(to->bytes, from->bytes, from->size);
	to->size = from->size;
}

static void empty(struct fake_file *file)
{
	file->now.size = file->medium.size = 0;
}

/* Names of the directory, and of what of it is on the medium. */
static struct fake_entry {
	char name[FAKE_DISK_NAME];
	int file; /* -1: none */
} now[FAKE_DISK_FILES], medium[FAKE_DISK_FILES];

static int open_files[FAKE_DISK_FILES]; /* inode of each descriptor; -1: closed */

void fake_disk_begin(void)
{
	for (size_t i = 0; i < FAKE_DISK_FILES; i++) {
		empty(&files[i]);
		now[i] = medium[i] = (struct fake_entry){.file = -1};
		open_files[i] = -1;
	}
}

void fake_disk_power_loss(void)
{
	memcpy(now, medium, sizeof(now));
	for (size_t i = 0; i < FAKE_DISK_FILES; i++) {
		copy(&files[i].now, &files[i].medium);
		open_files[i] = -1;
	}
}

static struct fake_entry *find(const char *name)
{
	for (size_t i = 0; i < FAKE_DISK_FILES; i++)
		if (now[i].file >= 0 && strcmp(now[i].name, name) == 0)
			return &now[i];
	return NULL;
}

const char *fake_disk_file(const char *name, size_t *ret_size)
{
	const struct fake_entry *entry = find(name);

	if (!entry)
		return NULL;
	*ret_size = files[entry->file].now.size;
	return files[entry->file].now.bytes;
}

bool fake_disk_keeps(const char *bytes, size_t n)
{
	for (size_t i = 0; i < FAKE_DISK_FILES; i++) {
		const struct fake_content *content;

		if (medium[i].file < 0)
			continue;
		content = &files[medium[i].file].medium;
		if (memmem(content->bytes, content->size, bytes, n))
			return true;
	}
	return false;
}

const char *fake_disk_medium(const char *name, size_t *ret_size)
{
	for (size_t i = 0; i < FAKE_DISK_FILES; i++) {
		if (medium[i].file < 0 || strcmp(medium[i].name, name) != 0)
			continue;
		*ret_size = files[medium[i].file].medium.size;
		return files[medium[i].file].medium.bytes;
	}
	return NULL;
}

size_t fake_disk_open_count(void)
{
	size_t n = 0;

	for (size_t i = 0; i < FAKE_DISK_FILES; i++)
		n += open_files[i] >= 0;
	return n;
}

/* Whether anything refers to an inode. */
static bool is_used(int file)
{
	for (size_t i = 0; i < FAKE_DISK_FILES; i++)
		if (now[i].file == file || medium[i].file == file || open_files[i] == file)
			return true;
	return false;
}

static struct fake_entry *create(const char *name)
{
	for (int file = 0; file < FAKE_DISK_FILES; file++) {
		if (is_used(file))
			continue;
		empty(&files[file]);
		for (size_t i = 0; i < FAKE_DISK_FILES; i++) {
			if (now[i].file >= 0)
				continue;
			now[i].file = file;
			snprintf(now[i].name, sizeof(now[i].name), "%s", name);
			return &now[i];
		}
	}
	return NULL;
}

/* On the medium, whatever else waits for fsync(2) there. */
static void put_on_medium(const char *name, int file)
{
	for (size_t i = 0; i < FAKE_DISK_FILES; i++)
		if (strcmp(medium[i].name, name) == 0)
			medium[i].file = -1;
	for (size_t i = 0; file >= 0 && i < FAKE_DISK_FILES; i++) {
		if (medium[i].file >= 0)
			continue;
		medium[i].file = file;
		snprintf(medium[i].name, sizeof(medium[i].name), "%s", name);
		return;
	}
}

void fake_disk_put(const char *name, const char *text)
{
	struct fake_entry *entry = find(name);
	struct fake_file *file;

	if (entry)
		entry->file = -1;
	put_on_medium(name, -1);
	if (!text)
		return;
	entry = create(name);
	assert(entry && strlen(text) <= FAKE_DISK_SIZE);
	put_on_medium(name, entry->file);
	file = &files[entry->file];
	file->now.size = strlen(text);
	memcpy(file->now.bytes, text, file->now.size);
	copy(&file->medium, &file->now);
}

int fake_disk_open(int directory, const char *name, int flags)
{
	struct fake_entry *entry = find(*name == '/' ? name + 1 : name);

	assert(directory == FAKE_DISK_DIRECTORY || (*name == '/' && !(flags & O_CREAT)));
	if (entry && (flags & O_EXCL))
		return -EEXIST;
	if (!entry && !(flags & O_CREAT))
		return -ENOENT;
	if (entry && (flags & O_TRUNC))
		empty(&files[entry->file]);
	if (!entry)
		entry = create(name);
	for (int i = 0; entry && i < FAKE_DISK_FILES; i++) {
		if (open_files[i] >= 0)
			continue;
		open_files[i] = entry->file;
		return FAKE_DISK_FD + i;
	}
	return -ENFILE;
}

static struct fake_file *of(int fd)
{
	int i = fd - FAKE_DISK_FD;

	assert(i >= 0 && i < FAKE_DISK_FILES && open_files[i] >= 0);
	return &files[open_files[i]];
}

int fake_disk_read(int fd, void *ret, size_t max)
{
	const struct fake_content *content = &of(fd)->now;
	size_t n = MIN(content->size, max);

	memcpy(ret, content->bytes, n);
	return (int)n;
}

int fake_disk_write(int fd, const void *bytes, size_t n, uint64_t offset)
{
	struct fake_content *content = &of(fd)->now;

	if (offset + n > FAKE_DISK_SIZE)
		return -EFBIG;
	memcpy(content->bytes + offset, bytes, n);
	content->size = MAX(content->size, (size_t)offset + n);
	return (int)n;
}

int fake_disk_fsync(int fd)
{
	if (fd == FAKE_DISK_DIRECTORY)
		memcpy(medium, now, sizeof(medium));
	else
		copy(&of(fd)->medium, &of(fd)->now);
	return 0;
}

int fake_disk_unlink(int directory, const char *name)
{
	struct fake_entry *entry = find(name);

	assert(directory == FAKE_DISK_DIRECTORY);
	if (!entry)
		return -ENOENT;
	entry->file = -1;
	return 0;
}

int fake_disk_rename(int directory, const char *from, const char *to)
{
	struct fake_entry *entry = find(from), *old = find(to);

	assert(directory == FAKE_DISK_DIRECTORY);
	if (!entry)
		return -ENOENT;
	if (old && old != entry)
		old->file = -1;
	snprintf(entry->name, sizeof(entry->name), "%s", to);
	return 0;
}

int store_files_open(const char *directory)
{
	return FAKE_DISK_DIRECTORY;
}

int store_files_read(int directory_fd, const char *name, char *ret, size_t max)
{
	size_t size;
	const char *bytes = fake_disk_file(name, &size);

	if (!bytes)
		return -ENOENT;
	memcpy(ret, bytes, MIN(size, max));
	return (int)MIN(size, max);
}

int store_files_rename(int directory_fd, const char *from, const char *to)
{
	return fake_disk_rename(directory_fd, from, to);
}

void store_files_close(int fd)
{
	if (fd != FAKE_DISK_DIRECTORY)
		open_files[fd - FAKE_DISK_FD] = -1;
}
