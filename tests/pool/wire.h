/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The only door of testpool_core to the bytes of its miners. The program has wire.c, which makes
 * system calls; a simulator links functions of its own in its place. One thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Waits for nothing. The bytes read into space[n], n > 0; 0: the miner has ended; -EAGAIN: none are
 * there yet; or another negative errno. */
ssize_t wire_read(int fd, void *space, size_t n);

/* Waits for nothing. more: the next write follows at once. The bytes written, which may be less
 * than n; -EAGAIN: none can be yet; or another negative errno. */
ssize_t wire_write(int fd, const void *bytes, size_t n, bool more);

void wire_close(int fd);
