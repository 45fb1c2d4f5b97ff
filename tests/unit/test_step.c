/* SPDX-License-Identifier: MIT */
/* Folder io/: a stream whose owner says when its peer is served. */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/container.h"
#include "io/stream.h"
#include "iterate_fixture.h"
#include "suite_main.h"

struct served {
	struct stream stream;
	unsigned received, drained, messages, lost, closed;
	char last[64];
	int fd; /* the peer's end */
};

static struct ring ring;
static struct served served;

static void on_received(struct stream *stream)
{
	served.received++;
}

static void on_drained(struct stream *stream)
{
	served.drained++;
}

static void on_message(struct stream *stream, char *message, size_t n)
{
	served.messages++;
	snprintf(served.last, sizeof(served.last), "%s", message);
}

static void on_lost(struct stream *stream, const char *reason)
{
	served.lost++;
	snprintf(served.last, sizeof(served.last), "%s", reason);
}

static void on_closed(struct stream *stream)
{
	served.closed++;
}

static const struct stream_handler handler = {
	.received = on_received,
	.drained = on_drained,
	.message = on_message,
	.lost = on_lost,
	.closed = on_closed,
};

static void setup(void)
{
	int fds[2];

	ck_assert_int_eq(ring_init(&ring), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	served = (struct served){.fd = fds[1]};
	stream_init(&served.stream, &ring, &handler, '\n');
	stream_limit(&served.stream, 16);
	stream_adopt(&served.stream, fds[0]);
}

static void teardown(void)
{
	stream_close(&served.stream);
	ITERATE_UNTIL(&ring, served.closed == 1);
	stream_deinit(&served.stream);
	close(served.fd);
	ring_deinit(&ring);
}

START_TEST(one_message_a_step)
{
	ck_assert_int_eq(write(served.fd, "one\ntwo\nthree\nfour\n", 19), 19);
	ITERATE_UNTIL(&ring, served.received == 1);
	iterate_for(&ring, 5 * CLOCK_MS);
	ck_assert_uint_eq(served.messages, 0);
	ck_assert(!served.stream.recv_op.armed);
	ck_assert(stream_step(&served.stream));
	ck_assert_str_eq(served.last, "one");
	ck_assert(stream_step(&served.stream));
	ck_assert_str_eq(served.last, "two");
	/* 16 bytes were received: no more than the beginning of the fourth. */
	ck_assert(!stream_step(&served.stream));
	ck_assert_str_eq(served.last, "three");
	ITERATE_UNTIL(&ring, served.received == 2);
	ck_assert_uint_eq(served.messages, 3);
	ck_assert(!stream_step(&served.stream));
	ck_assert_str_eq(served.last, "four");
	ck_assert(!stream_step(&served.stream));
	ck_assert_uint_eq(served.messages, 4);
}
END_TEST

START_TEST(the_end_is_reported_after_the_last_message)
{
	ck_assert_int_eq(write(served.fd, "one\ntwo\n", 8), 8);
	ck_assert_int_eq(shutdown(served.fd, SHUT_WR), 0);
	ITERATE_UNTIL(&ring, served.received == 1);
	ck_assert(stream_step(&served.stream));
	iterate_for(&ring, 5 * CLOCK_MS);
	ck_assert_uint_eq(served.lost, 0);
	ck_assert(!stream_step(&served.stream));
	ck_assert_str_eq(served.last, "two");
	ITERATE_UNTIL(&ring, served.lost == 1);
	ck_assert_str_eq(served.last, "closed by the peer");
	ck_assert(!stream_step(&served.stream));
}
END_TEST

START_TEST(a_message_has_a_limit)
{
	ck_assert_int_eq(write(served.fd, "123456789012345\n12345678901234567890", 36), 36);
	ITERATE_UNTIL(&ring, served.received == 1);
	ck_assert(!stream_step(&served.stream));
	ck_assert_str_eq(served.last, "123456789012345");
	ITERATE_UNTIL(&ring, served.received == 2);
	ck_assert_uint_eq(served.lost, 0);
	ck_assert(!stream_step(&served.stream));
	ck_assert_uint_eq(served.lost, 1);
	ck_assert_str_eq(served.last, "a message longer than 16 bytes");
}
END_TEST

START_TEST(it_is_reported_when_all_has_left)
{
	static char block[STREAM_SEND_MAX / 2], back[STREAM_SEND_MAX / 2];
	size_t got = 0;

	ck_assert(stream_send(&served.stream, "x", 1));
	ITERATE_UNTIL(&ring, served.drained == 1);
	ck_assert_uint_eq(stream_unsent(&served.stream), 0);
	ck_assert_int_eq(read(served.fd, back, 1), 1);
	/* More than a socket takes at once. */
	ck_assert(stream_send(&served.stream, block, sizeof(block)));
	iterate_for(&ring, 5 * CLOCK_MS);
	ck_assert_uint_eq(served.drained, 1);
	ck_assert_uint_gt(stream_unsent(&served.stream), 0);
	while (got < sizeof(block)) {
		ssize_t n = recv(served.fd, back, sizeof(back), MSG_DONTWAIT);

		got += n > 0 ? (size_t)n : 0;
		iterate_for(&ring, CLOCK_MS);
	}
	ITERATE_UNTIL(&ring, served.drained == 2);
	ck_assert_uint_eq(stream_unsent(&served.stream), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("step");
	TCase *tests = tcase_create("step");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, one_message_a_step);
	tcase_add_test(tests, the_end_is_reported_after_the_last_message);
	tcase_add_test(tests, a_message_has_a_limit);
	tcase_add_test(tests, it_is_reported_when_all_has_left);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
