/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Descriptors 0, 1 and 2 are stdin, stdout and stderr. If a program is started with one of them
 * closed, the next open(2) or socket(2) gets its number, and messages would go to a pool or into a
 * file.
 */

/*
 * Opens /dev/null on each of 0, 1 and 2 that is closed. To be called first in main(). Reads from
 * and writes to such a descriptor fail with EBADF, as they do while it is closed. Negative errno.
 */
int standard_fds_open(void);
