/* SPDX-License-Identifier: MIT */
/* Folder daemon/io/: the way through a proxy over a socket pair, and what is left when it ends. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/container.h"
#include "io/tunnel.h"
#include "iterate_fixture.h"
#include "jump_clock.h"
#include "suite_main.h"

#define BYTES(x) (x), sizeof(x) - 1

static struct ring ring;

/* A tunnel that records its callbacks, and the end of the proxy. */
struct caller {
	struct tunnel tunnel;
	unsigned opened, failed, closed;
	int fd, proxy;
	char reason[TUNNEL_REASON_MAX];
};

static struct caller caller;

static void on_opened(struct tunnel *tunnel, int fd)
{
	caller.opened++;
	caller.fd = fd;
}

static void on_failed(struct tunnel *tunnel, const char *reason)
{
	caller.failed++;
	snprintf(caller.reason, sizeof(caller.reason), "%s", reason);
}

static void on_closed(struct tunnel *tunnel)
{
	ck_assert_uint_eq(tunnel->state, TUNNEL_CLOSED);
	caller.closed++;
}

static const struct tunnel_handler handler = {
	.opened = on_opened,
	.failed = on_failed,
	.closed = on_closed,
};

static void begin(const char *user, unsigned timeout)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	ck_assert_int_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	caller.fd = -1;
	caller.proxy = ends[1];
	tunnel_begin(&caller.tunnel, ends[0], "[::1]:1080",
		     &(struct socks_settings){"pool.example", 3333, user, user}, timeout);
}

static void setup(void)
{
	ck_assert_int_eq(ring_init(&ring), 0);
	caller = (struct caller){};
	tunnel_init(&caller.tunnel, &ring, &handler);
}

/* Closed, and nothing of it is left. */
static void finished(unsigned closed)
{
	char byte;

	ITERATE_UNTIL(&ring, caller.closed == closed);
	ck_assert(!caller.tunnel.send_op.armed && !caller.tunnel.recv_op.armed);
	ck_assert(!caller.tunnel.deadline.armed && !caller.tunnel.task.queued);
	ck_assert_int_eq(caller.tunnel.fd, -1);
	if (caller.fd >= 0)
		close(caller.fd);
	while (read(caller.proxy, &byte, 1) > 0)
		;
	ck_assert_int_eq(read(caller.proxy, &byte, 1), 0); /* nobody else has the other end */
	close(caller.proxy);
}

static void teardown(void)
{
	ck_assert_uint_eq(caller.opened + caller.failed, caller.closed);
	ring_deinit(&ring);
}

/* Appends what the tunnel sent to the *n bytes in ret; the sum. */
static size_t receive(char ret[SOCKS_OUT_MAX], size_t *n)
{
	ssize_t part = read(caller.proxy, ret + *n, SOCKS_OUT_MAX - *n);

	return *n += part > 0 ? (size_t)part : 0;
}

/* Waits for these bytes from the tunnel, then says others. */
static void expect(const char *bytes, size_t n, const char *reply, size_t reply_size)
{
	char seen[SOCKS_OUT_MAX];
	size_t received = 0;

	ITERATE_UNTIL(&ring, receive(seen, &received) >= n);
	ck_assert_uint_eq(received, n);
	ck_assert_mem_eq(seen, bytes, n);
	if (reply_size)
		ck_assert_int_eq(write(caller.proxy, reply, reply_size), (ssize_t)reply_size);
}

#define GREETING BYTES("\x05\x01\x00")
#define REQUEST	 BYTES("\x05\x01\x00\x03\x0cpool.example\x0d\x05")

START_TEST(opens_and_leaves_the_servers_bytes)
{
	char bytes[16] = "";

	for (unsigned round = 1; round <= 3; round++) {
		begin("", 10);
		expect(GREETING, BYTES("\x05\x00"));
		expect(REQUEST, BYTES("\x05\x00\x00\x01\x7f\x00\x00\x01\x04\x38{\"id\":1}\n"));
		ITERATE_UNTIL(&ring, caller.opened == round);
		ck_assert_int_eq(read(caller.fd, bytes, sizeof(bytes)), 9);
		ck_assert_str_eq(bytes, "{\"id\":1}\n");
		finished(round);
	}
	ck_assert_uint_eq(caller.failed, 0);
}
END_TEST

START_TEST(logs_in)
{
	begin("us", 10);
	expect(BYTES("\x05\x01\x02"), BYTES("\x05\x02"));
	expect(BYTES("\x01\x02us\x02us"), BYTES("\x01\x00"));
	expect(REQUEST, BYTES("\x05\x05"));
	finished(1);
	ck_assert_str_eq(caller.reason, "the proxy [::1]:1080 says: connection refused");
}
END_TEST

START_TEST(says_when_it_is_silent)
{
	begin("", 10);
	jump_clock(10 * CLOCK_S);
	finished(1);
	ck_assert_str_eq(caller.reason, "the proxy [::1]:1080 did not answer within 10 s");
	begin("", 10);
	expect(GREETING, BYTES("\x05\x00"));
	expect(REQUEST, "", 0);
	jump_clock(10 * CLOCK_S);
	finished(2);
	ck_assert_str_eq(caller.reason, "the proxy [::1]:1080 did not connect within 10 s");
}
END_TEST

START_TEST(says_when_it_ends)
{
	const char *reason =
		"the proxy [::1]:1080 closed the connection before it connected to the server";

	begin("", 10);
	shutdown(caller.proxy, SHUT_WR);
	finished(1);
	ck_assert_str_eq(caller.reason, reason);
	begin("", 10);
	expect(GREETING, BYTES("\x05\x00"));
	expect(REQUEST, BYTES("\x05"));
	shutdown(caller.proxy, SHUT_WR);
	finished(2);
	ck_assert_str_eq(caller.reason, reason);
}
END_TEST

START_TEST(a_name_that_is_too_long)
{
	char name[SOCKS_TEXT_MAX + 2] = "";
	int ends[2];

	memset(name, 'a', SOCKS_TEXT_MAX + 1);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	caller.fd = -1;
	caller.proxy = ends[1];
	tunnel_begin(&caller.tunnel, ends[0], "h:1", &(struct socks_settings){name, 1, "", ""}, 1);
	ck_assert_uint_eq(caller.failed, 0);
	finished(1);
	ck_assert_ptr_nonnull(strstr(caller.reason, "the proxy h:1 cannot take a name"));
}
END_TEST

/* Given up before it began, while it waits for each answer, and twice. */
START_TEST(closes_at_any_time)
{
	for (unsigned stage = 0; stage < 3; stage++) {
		begin("", 10);
		if (stage > 0)
			expect(GREETING, stage > 1 ? "\x05\x00" : "", stage > 1 ? 2 : 0);
		if (stage > 1)
			expect(REQUEST, "", 0);
		tunnel_close(&caller.tunnel);
		tunnel_close(&caller.tunnel);
		finished(stage + 1);
		tunnel_close(&caller.tunnel);
	}
	ck_assert_uint_eq(caller.opened + caller.failed, 0);
	caller.closed = 0;
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tunnel");
	TCase *tunnel = tcase_create("tunnel");

	tcase_add_checked_fixture(tunnel, setup, teardown);
	tcase_add_test(tunnel, opens_and_leaves_the_servers_bytes);
	tcase_add_test(tunnel, logs_in);
	tcase_add_test(tunnel, says_when_it_is_silent);
	tcase_add_test(tunnel, says_when_it_ends);
	tcase_add_test(tunnel, a_name_that_is_too_long);
	tcase_add_test(tunnel, closes_at_any_time);
	suite_add_tcase(suite, tunnel);
	return suite_main(suite);
}
