/* SPDX-License-Identifier: MIT */
#include "common/standard_fds.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int standard_fds_open(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* stdin is not for writing, and the others are not for reading. */
		int mode = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* open(2) takes the lowest free number: fd, as all below it are open. */
		if (open("/dev/null", mode) < 0 && open("/", O_PATH) < 0)
			return -errno;
	}
	return 0;
}
