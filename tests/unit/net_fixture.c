/* SPDX-License-Identifier: MIT */
#include "net_fixture.h"

#include <arpa/inet.h>
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "common/container.h"

enum { NET_FIXTURE_SILENCE_MS = 200 /* after which a machine is taken not to answer itself */ };

unsigned net_fixture_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned n = 0;

	ck_assert_ptr_nonnull(directory);
	while (readdir(directory))
		n++;
	closedir(directory);
	return n;
}

struct resolve_address net_fixture_address4(const char *host, unsigned port)
{
	struct resolve_address ret = {.size = sizeof(struct sockaddr_in)};
	struct sockaddr_in *in = (struct sockaddr_in *)&ret.address;

	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)port);
	ck_assert_int_eq(inet_pton(AF_INET, host, &in->sin_addr), 1);
	return ret;
}

struct resolve_address net_fixture_address6(const char *host, unsigned port)
{
	struct resolve_address ret = {.size = sizeof(struct sockaddr_in6)};
	struct sockaddr_in6 *in = (struct sockaddr_in6 *)&ret.address;

	in->sin6_family = AF_INET6;
	in->sin6_port = htons((uint16_t)port);
	ck_assert_int_eq(inet_pton(AF_INET6, host, &in->sin6_addr), 1);
	return ret;
}

int net_fixture_listen(struct resolve_address *address, int backlog)
{
	int fd = socket(address->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address->address, address->size), 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address->address, &address->size), 0);
	return fd;
}

int net_fixture_refuse(struct resolve_address *address)
{
	int fd = socket(address->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address->address, address->size), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address->address, &address->size), 0);
	return fd;
}

void blackhole_init(struct blackhole *hole, const char *host)
{
	*hole = (struct blackhole){.address = strchr(host, ':') ? net_fixture_address6(host, 0)
								: net_fixture_address4(host, 0)};
	hole->fds[hole->n++] = net_fixture_listen(&hole->address, 0);
	while (hole->n < ARRAY_SIZE(hole->fds)) {
		int fd = socket(hole->address.address.ss_family,
				SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		struct pollfd poller = {.fd = fd, .events = POLLOUT};

		ck_assert(connect(fd, (struct sockaddr *)&hole->address.address,
				  hole->address.size) == 0 ||
			  errno == EINPROGRESS);
		hole->fds[hole->n++] = fd;
		if (poll(&poller, 1, NET_FIXTURE_SILENCE_MS) == 0)
			return;
	}
	ck_abort_msg("the queue of a listener is never full");
}

void blackhole_deinit(struct blackhole *hole)
{
	while (hole->n)
		close(hole->fds[--hole->n]);
}

bool net_fixture_has_ipv6(void)
{
	struct resolve_address address = net_fixture_address6("::1", 0);
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && bind(fd, (struct sockaddr *)&address.address, address.size) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}
