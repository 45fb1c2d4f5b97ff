/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The calls of a store that do not go over the ring: those of the start, which block, and close(2)
 * of what is synchronised. With the file operations of ring.h this is the only door to files that
 * the daemon writes: a test links functions of its own in the place of both. Io thread only.
 */
#include <stddef.h>

enum { STORE_LOCK_MS = 3000 /* wait for the lock of a process that has just ended */ };

/*
 * Opens a directory and locks it (flock(2)) until its descriptor, which it returns, is closed.
 * -EWOULDBLOCK: another process has it locked; other negative errno: it is no directory that files
 * can be created in.
 */
int store_files_open(const char *directory);

/* Reads a file from its beginning, at most max bytes. Returns how many, or a negative errno. */
int store_files_read(int directory_fd, const char *name, char *ret, size_t max);

/* Returns 0, or a negative errno. */
int store_files_rename(int directory_fd, const char *from, const char *to);

/* Of the directory, or of a file that the ring has opened. No operation may be armed on it. */
void store_files_close(int fd);
