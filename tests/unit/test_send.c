/* SPDX-License-Identifier: MIT */
/*
 * How bytes are sent, when the socket has space for them and when it has none. Each test runs with
 * sends without a completion (io/ring_no_cqe.h), and with these switched off.
 */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/container.h"
#include "io/ring.h"
#include "io/stream.h"
#include "iterate_fixture.h"
#include "suite_main.h"

static struct ring ring;

static void setup(void)
{
	int r = ring_init(&ring);

	ck_assert_msg(r == 0, "%s", r ? ring_refusal(r) : "");
}

static void setup_completions(void)
{
	setup();
	ring.no_cqe.enabled = false;
}

static void teardown(void)
{
	ring_deinit(&ring);
}

static void wake_up(struct ring_timer *timer)
{
}

/* One iteration, of 2 ms at most: a send need not end it. */
static void iterate(void)
{
	struct ring_timer wake = {.fn = wake_up};

	ring_timer_in(&ring, &wake, 2 * CLOCK_MS);
	ck_assert_int_eq(ring_iterate(&ring), 0);
	ring_timer_stop(&ring, &wake);
}

struct end {
	struct stream stream;
	unsigned messages, lost, closed;
	char reason[STREAM_REASON_MAX];
};

static void end_message(struct stream *stream, char *message, size_t n)
{
	container_of(stream, struct end, stream)->messages++;
}

static void end_lost(struct stream *stream, const char *reason)
{
	struct end *end = container_of(stream, struct end, stream);

	end->lost++;
	snprintf(end->reason, sizeof(end->reason), "%s", reason);
}

static void end_closed(struct stream *stream)
{
	container_of(stream, struct end, stream)->closed++;
}

static const struct stream_handler end_handler = {
	.message = end_message,
	.lost = end_lost,
	.closed = end_closed,
};

static void pair_up(struct end *a, int *fd)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	stream_init(&a->stream, &ring, &end_handler, '\n');
	stream_adopt(&a->stream, fds[0]);
	*fd = fds[1];
}

static void close_down(struct end *end)
{
	stream_close(&end->stream);
	ITERATE_UNTIL(&ring, end->closed == 1);
	stream_deinit(&end->stream);
}

START_TEST(stream_sends_in_order)
{
	enum { LINES = 20000, SIZE = 11 };
	struct end end = {};
	char line[16], *back = malloc(LINES * SIZE);
	size_t used = 0, queued = 0;
	int fd;

	pair_up(&end, &fd);
	/* More than the socket takes at once, so that sends end half-way. */
	while (used < LINES * SIZE) {
		ssize_t n;

		while (queued < LINES && stream_unsent(&end.stream) < 65536) {
			snprintf(line, sizeof(line), "%010zu\n", queued++);
			ck_assert(stream_send(&end.stream, line, SIZE));
		}
		iterate();
		while ((n = recv(fd, back + used, LINES * SIZE - used, MSG_DONTWAIT)) > 0)
			used += (size_t)n;
	}
	for (size_t i = 0; i < LINES; i++)
		ck_assert_uint_eq(strtoull(back + i * SIZE, NULL, 10), i);
	free(back);
	close_down(&end);
	close(fd);
}
END_TEST

START_TEST(stream_bounds_what_waits)
{
	struct end end = {};
	char block[4096] = "";
	int fd;

	pair_up(&end, &fd);
	while (stream_send(&end.stream, block, sizeof(block)))
		;
	ck_assert_uint_le(stream_unsent(&end.stream), STREAM_SEND_MAX);
	ck_assert_uint_gt(stream_unsent(&end.stream), STREAM_SEND_MAX - sizeof(block));
	close_down(&end);
	ck_assert(!stream_send(&end.stream, "x", 1));
	close(fd);
}
END_TEST

struct alarm {
	struct ring_timer timer;
	unsigned count;
};

static void alarm_fired(struct ring_timer *timer)
{
	container_of(timer, struct alarm, timer)->count++;
}

/* A send that ends at once costs no wake-up of its own. */
START_TEST(a_send_without_a_completion_ends_no_wait)
{
	struct alarm alarm = {.timer.fn = alarm_fired};
	struct end end = {};
	char back[8];
	int fd;

	if (!ring.no_cqe.enabled)
		return;
	pair_up(&end, &fd);
	ck_assert(stream_send(&end.stream, "hello\n", 6));
	ring_timer_in(&ring, &alarm.timer, 20 * CLOCK_MS);
	ck_assert_int_eq(ring_iterate(&ring), 0);
	ck_assert_uint_eq(alarm.count, 1);
	ck_assert_uint_eq(stream_unsent(&end.stream), 0);
	ck_assert_int_eq(recv(fd, back, sizeof(back), MSG_DONTWAIT), 6);
	close_down(&end);
	close(fd);
}
END_TEST

/* What is queued leaves before the ring waits, also behind a send that is on its way. */
START_TEST(in_a_hurry)
{
	struct end end = {};
	char back[32];
	int fd;

	pair_up(&end, &fd);
	ring_hurry(&ring);
	ck_assert(stream_send(&end.stream, "one\n", 4));
	ck_assert_int_eq(recv(fd, back, sizeof(back), MSG_DONTWAIT), -1);
	ring_hurry(&ring);
	ck_assert_int_eq(recv(fd, back, sizeof(back), MSG_DONTWAIT), 4);
	ck_assert(stream_send(&end.stream, "two\n", 4));
	ring_hurry(&ring);
	ck_assert(stream_send(&end.stream, "three\n", 6));
	ITERATE_UNTIL(&ring, stream_unsent(&end.stream) == 0);
	ck_assert_int_eq(recv(fd, back, sizeof(back), MSG_DONTWAIT), 10);
	ck_assert_mem_eq(back, "two\nthree\n", 10);
	close_down(&end);
	close(fd);
}
END_TEST

struct later {
	struct ring_task task;
	struct stream *stream;
};

static void send_later(struct ring_task *task)
{
	ck_assert(stream_send(container_of(task, struct later, task)->stream, "two\n", 4));
}

/* What is queued behind a send without a completion leaves although nothing else happens. */
START_TEST(stream_sends_behind_one_without_a_completion)
{
	struct end end = {};
	struct later later = {.task.fn = send_later, .stream = &end.stream};
	char back[16];
	int fd;

	pair_up(&end, &fd);
	ck_assert(stream_send(&end.stream, "one\n", 4));
	ring_task_queue(&ring, &later.task); /* behind the flush of the first */
	ck_assert_int_eq(ring_iterate(&ring), 0);
	iterate();
	ck_assert_int_eq(recv(fd, back, sizeof(back), MSG_DONTWAIT), 8);
	ck_assert_mem_eq(back, "one\ntwo\n", 8);
	iterate();
	ck_assert_uint_eq(stream_unsent(&end.stream), 0);
	ck_assert(!ring.no_cqe.flush);
	close_down(&end);
	close(fd);
}
END_TEST

/* A peer that does not read is still heard, and what waits for it can be given up. */
START_TEST(stream_receives_while_its_send_waits)
{
	static char block[STREAM_SEND_MAX / 2];
	struct end end = {};
	char back;
	int fd;

	pair_up(&end, &fd);
	ck_assert(stream_send(&end.stream, block, sizeof(block)));
	iterate();
	iterate();
	ck_assert(end.stream.send_op.armed);
	ck_assert(!end.stream.send_op.no_cqe);
	ck_assert_uint_gt(stream_unsent(&end.stream), 0);
	ck_assert_int_eq(write(fd, "one\n", 4), 4);
	ITERATE_UNTIL(&ring, end.messages == 1);
	ck_assert_int_eq(read(fd, &back, 1), 1);
	close_down(&end);
	ck_assert_uint_eq(end.lost, 0);
	close(fd);
}
END_TEST

struct sent {
	struct ring_op op;
	unsigned count;
	int result;
};

static void on_sent(struct ring_op *op, int result)
{
	struct sent *sent = container_of(op, struct sent, op);

	sent->count++;
	sent->result = result;
}

/* fn is called at once for what does not leave at once, and the kernel keeps nothing of it. */
START_TEST(a_short_send_has_a_completion)
{
	static char block[4 * 1024 * 1024];
	struct sent sent = {.op.fn = on_sent}, other = sent;
	int fds[2], other_fds[2];

	if (!ring.no_cqe.enabled)
		return;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, other_fds), 0);
	ring_send_no_cqe(&ring, &other.op, other_fds[0], "all\n", 4);
	ring_send_no_cqe(&ring, &sent.op, fds[0], block, sizeof(block));
	ck_assert_int_eq(ring_iterate(&ring), 0);
	ck_assert_uint_eq(sent.count, 1);
	ck_assert_int_gt(sent.result, 0);
	ck_assert_int_lt(sent.result, (int)sizeof(block));
	ck_assert_uint_eq(other.count, 1);
	ck_assert_int_eq(other.result, 4);
	ring_send_no_cqe(&ring, &sent.op, fds[0], block, sizeof(block));
	ck_assert_int_eq(ring_iterate(&ring), 0);
	ck_assert_uint_eq(sent.count, 2);
	ck_assert_int_eq(sent.result, -EAGAIN);
	close(fds[1]);
	ring_send_no_cqe(&ring, &sent.op, fds[0], block, 1);
	ck_assert_int_eq(ring_iterate(&ring), 0);
	ck_assert_uint_eq(sent.count, 3);
	ck_assert_int_eq(sent.result, -EPIPE);
	ck_assert(!sent.op.armed && !sent.op.no_cqe);
	ck_assert_ptr_null(ring.no_cqe.ops);
	close(fds[0]);
	close(other_fds[0]);
	close(other_fds[1]);
}
END_TEST

START_TEST(more_sends_than_entries)
{
	enum { SENDS = RING_ENTRIES * 3 };
	struct sent sent[SENDS];
	char back[SENDS + 1];
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	for (int i = 0; i < SENDS; i++) {
		sent[i] = (struct sent){.op.fn = on_sent};
		ring_send_no_cqe(&ring, &sent[i].op, fds[0], "x", 1);
		ring_flush(&ring, &sent[i].op);
	}
	for (int i = 0; i < SENDS; i++) {
		ITERATE_UNTIL(&ring, sent[i].count == 1);
		ck_assert_int_eq(sent[i].result, 1);
	}
	ck_assert_int_eq(recv(fds[1], back, sizeof(back), MSG_DONTWAIT), SENDS);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

/* The two ends of a TCP connection. */
static void tcp_pair(int fds[2])
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(fds[0], (struct sockaddr *)&address, size), 0);
	fds[1] = accept(listener, NULL, NULL);
	ck_assert_int_ge(fds[1], 0);
	close(listener);
}

/* The kernel tells an error of a connection once, here to the send; the recv then sees an end. */
START_TEST(a_reset_is_the_reason_whoever_sees_it)
{
	const struct linger reset = {.l_onoff = 1};
	struct end end = {};
	int fds[2];

	tcp_pair(fds);
	stream_init(&end.stream, &ring, &end_handler, '\n');
	stream_serve_first(&end.stream, _i == 1);
	stream_adopt(&end.stream, fds[0]);
	iterate();
	ck_assert_int_eq(setsockopt(fds[1], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	close(fds[1]);
	ck_assert(stream_send(&end.stream, "share\n", 6));
	ITERATE_UNTIL(&ring, end.closed == 1);
	ck_assert_uint_eq(end.lost, 1);
	ck_assert_msg(strstr(end.reason, "reset"), "%s", end.reason);
	stream_deinit(&end.stream);
}
END_TEST

START_TEST(stream_reserves_and_commits)
{
	struct end end = {};
	char back[16], *room;
	int fd;

	pair_up(&end, &fd);
	ck_assert_ptr_null(stream_reserve(&end.stream, STREAM_SEND_MAX + 1));
	ck_assert(stream_send(&end.stream, "a", 1));
	room = stream_reserve(&end.stream, 10000);
	ck_assert_ptr_nonnull(room);
	memset(room, 'b', 10000);
	ck_assert(stream_commit(&end.stream, 2));
	ck_assert_ptr_nonnull(stream_reserve(&end.stream, 10)); /* and left unused */
	ck_assert(stream_send(&end.stream, "c\n", 2));
	iterate();
	ck_assert_int_eq(recv(fd, back, sizeof(back), MSG_DONTWAIT), 5);
	ck_assert_mem_eq(back, "abbc\n", 5);
	close_down(&end);
	ck_assert_ptr_null(stream_reserve(&end.stream, 1));
	close(fd);
}
END_TEST

/* A share may be among it that was found a moment before the end. */
START_TEST(what_was_queued_when_it_was_closed_leaves)
{
	struct end end = {};
	char back[64];
	int fd;

	pair_up(&end, &fd);
	ck_assert(stream_send(&end.stream, "first\n", 6));
	iterate();
	ck_assert(stream_send(&end.stream, "second\n", 7));
	close_down(&end);
	ck_assert_int_eq(recv(fd, back, sizeof(back), MSG_DONTWAIT), 13);
	ck_assert_mem_eq(back, "first\nsecond\n", 13);
	ck_assert_int_eq(recv(fd, back, sizeof(back), MSG_DONTWAIT), 0);
	close(fd);
}
END_TEST

/* Behind a piece of a line that was not taken it would be none. */
START_TEST(nothing_leaves_behind_a_piece)
{
	enum { SIZE = 400000 };
	struct end end = {};
	char *line = malloc(SIZE), *back = malloc(2 * SIZE);
	ssize_t n, got = 0;
	int fd;

	memset(line, 'x', SIZE);
	pair_up(&end, &fd);
	ck_assert(stream_send(&end.stream, line, SIZE));
	iterate();
	ck_assert(stream_send(&end.stream, "yyy\n", 4));
	iterate();
	close_down(&end);
	while ((n = recv(fd, back + got, 2 * SIZE - (size_t)got, MSG_DONTWAIT)) > 0)
		got += n;
	ck_assert_int_gt(got, 0);
	ck_assert_int_lt(got, SIZE);
	ck_assert_ptr_null(memchr(back, 'y', (size_t)got));
	close(fd);
	free(line);
	free(back);
}
END_TEST

static void add(Suite *suite, const char *name, void (*set_up)(void))
{
	TCase *tests = tcase_create(name);

	tcase_add_checked_fixture(tests, set_up, teardown);
	tcase_set_timeout(tests, 25);
	tcase_add_test(tests, stream_sends_in_order);
	tcase_add_test(tests, in_a_hurry);
	tcase_add_test(tests, stream_bounds_what_waits);
	tcase_add_test(tests, a_send_without_a_completion_ends_no_wait);
	tcase_add_test(tests, stream_sends_behind_one_without_a_completion);
	tcase_add_test(tests, stream_receives_while_its_send_waits);
	tcase_add_test(tests, a_short_send_has_a_completion);
	tcase_add_test(tests, more_sends_than_entries);
	tcase_add_loop_test(tests, a_reset_is_the_reason_whoever_sees_it, 0, 2);
	tcase_add_test(tests, stream_reserves_and_commits);
	tcase_add_test(tests, what_was_queued_when_it_was_closed_leaves);
	tcase_add_test(tests, nothing_leaves_behind_a_piece);
	suite_add_tcase(suite, tests);
}

int main(void)
{
	Suite *suite = suite_create("send");

	add(suite, "send", setup);
	add(suite, "send with completions", setup_completions);
	return suite_main(suite);
}
