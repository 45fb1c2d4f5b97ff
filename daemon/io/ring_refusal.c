/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "io/ring.h"

/* The value of the sysctl kernel.io_uring_disabled, 0 where the kernel has none. */
static int ring_sysctl(void)
{
	CLEANUP(cleanup_close)
	int fd = open("/proc/sys/kernel/io_uring_disabled", O_RDONLY | O_CLOEXEC);
	char digit = '0';

	if (fd < 0 || read(fd, &digit, 1) != 1)
		return 0;
	return digit - '0';
}

const char *ring_refusal(int error)
{
	int disabled = ring_sysctl();

	switch (-error) {
	case EPERM:
	case EACCES:
		if (disabled == 2)
			return "io_uring is switched off on this machine: set the sysctl "
			       "kernel.io_uring_disabled to 0";
		if (disabled == 1)
			return "io_uring is kept from unprivileged programs on this machine: set "
			       "the sysctl kernel.io_uring_disabled to 0, or add this user to the "
			       "group in kernel.io_uring_group";
		return "a system call filter refuses io_uring: allow io_uring_setup, "
		       "io_uring_enter and io_uring_register (in a unit: SystemCallFilter=@aio; "
		       "in a container: its seccomp profile)";
	case ENOSYS:
		return "io_uring is missing or too old: minerd needs Linux 5.11 or newer, and no "
		       "system call filter that hides io_uring_setup";
	case ENOMEM:
		return "the memory for an io_uring was refused: raise the limit of locked memory "
		       "(ulimit -l, in a unit: LimitMEMLOCK=) to 8 MiB";
	case EMFILE:
	case ENFILE:
		return "too many open files for an io_uring: raise the limit (ulimit -n, in a "
		       "unit: LimitNOFILE=)";
	default:
		return strerror(-error);
	}
}
