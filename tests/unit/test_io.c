/* SPDX-License-Identifier: MIT */
/* Folder io/: the ring's timers and tasks, streams over a socket pair and loopback, look-ups. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/container.h"
#include "io/resolve.h"
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

static void teardown(void)
{
	ring_deinit(&ring);
	ring_deinit(&ring);
}

struct alarm {
	struct ring_timer timer;
	unsigned count;
	unsigned order;
};

static unsigned alarms;

static void alarm_fired(struct ring_timer *timer)
{
	struct alarm *alarm = container_of(timer, struct alarm, timer);

	alarm->count++;
	alarm->order = ++alarms;
}

START_TEST(timers_fire_in_order)
{
	struct alarm first = {.timer.fn = alarm_fired}, second = first, moved = first,
		     never = first;
	uint64_t begin = clock_now();

	alarms = 0;
	ring_timer_in(&ring, &second.timer, 20 * CLOCK_MS);
	ring_timer_in(&ring, &first.timer, 10 * CLOCK_MS);
	ring_timer_in(&ring, &never.timer, 15 * CLOCK_MS);
	ring_timer_in(&ring, &moved.timer, CLOCK_MS);
	ring_timer_in(&ring, &moved.timer, 30 * CLOCK_MS);
	ring_timer_stop(&ring, &never.timer);
	ring_timer_stop(&ring, &never.timer);
	ITERATE_UNTIL(&ring, alarms == 3);
	ck_assert_uint_eq(first.order, 1);
	ck_assert_uint_eq(second.order, 2);
	ck_assert_uint_eq(moved.order, 3);
	ck_assert_uint_eq(never.count, 0);
	ck_assert_uint_ge(clock_now() - begin, 30 * CLOCK_MS);
	ck_assert_ptr_null(ring.timers);
}
END_TEST

struct reading {
	struct ring_op op;
	unsigned count;
	uint64_t value;
};

static void reading_done(struct ring_op *op, int result)
{
	struct reading *reading = container_of(op, struct reading, op);

	ck_assert_int_eq(result, (int)sizeof(reading->value));
	reading->count++;
}

enum { AWAKE_NS = 10 * CLOCK_MS };

/* Writes once the loop's thread has spent AWAKE_NS; or, if that sleeps, after ITERATE_LIMIT. */
struct writer {
	clockid_t loop; /* the CPU time of the loop's thread */
	uint64_t begin; /* of it */
	int fd;
};

static void *write_later(void *self)
{
	const struct writer *writer = self;
	uint64_t give_up = clock_now() + ITERATE_LIMIT * CLOCK_S;

	while (clock_read(writer->loop) - writer->begin < AWAKE_NS && clock_now() < give_up)
		nanosleep(&(struct timespec){.tv_nsec = CLOCK_MS}, NULL);
	ck_assert_int_eq(eventfd_write(writer->fd, 1), 0);
	return NULL;
}

/* It takes what comes, sleeps after that, and does not sleep before. */
START_TEST(stays_awake)
{
	struct reading reading = {.op.fn = reading_done};
	struct alarm alarm = {.timer.fn = alarm_fired};
	struct writer writer = {.fd = eventfd(0, EFD_CLOEXEC)};
	uint64_t begin, cpu;
	pthread_t thread;

	ck_assert_int_eq(pthread_getcpuclockid(pthread_self(), &writer.loop), 0);
	ring_read(&ring, &reading.op, writer.fd, &reading.value, sizeof(reading.value));
	begin = clock_now();
	writer.begin = clock_read(writer.loop);
	ck_assert_int_eq(pthread_create(&thread, NULL, write_later, &writer), 0);
	ring_busy_poll(&ring, begin + 100 * CLOCK_S);
	ck_assert_int_eq(ring_iterate(&ring), 0);
	ck_assert_uint_eq(reading.count, 1);
	ck_assert_uint_lt(clock_now() - begin, 100 * CLOCK_S);
	ck_assert_uint_ge(clock_read(writer.loop) - writer.begin, AWAKE_NS);
	pthread_join(thread, NULL);
	close(writer.fd);
	/* Nothing comes: awake for so long, and asleep from then on. */
	cpu = clock_read(CLOCK_THREAD_CPUTIME_ID);
	begin = clock_now();
	ring_busy_poll(&ring, begin + CLOCK_MS);
	ring_timer_in(&ring, &alarm.timer, 100 * CLOCK_MS);
	while (!alarm.count)
		ck_assert_int_eq(ring_iterate(&ring), 0);
	ck_assert_uint_ge(clock_now() - begin, 100 * CLOCK_MS);
	ck_assert_uint_lt(clock_read(CLOCK_THREAD_CPUTIME_ID) - cpu, 50 * CLOCK_MS);
}
END_TEST

/* Reads that complete together, of which a call changes who is first. */
struct racer {
	struct reading reading;
	struct racer *racers; /* all three */
	unsigned *place, reached;
};

static void racer_done(struct ring_op *op, int result)
{
	struct racer *racer = container_of(op, struct racer, reading.op);

	reading_done(op, result);
	racer->reached = ++*racer->place;
	for (unsigned i = 0; i < 3; i++)
		racer->racers[i].reading.op.first = !racer->racers[i].reading.op.first;
}

START_TEST(who_is_first_changes_meanwhile)
{
	struct racer racers[3] = {};
	unsigned place = 0;
	int fd[3];

	for (unsigned i = 0; i < 3; i++) {
		fd[i] = eventfd(1, EFD_CLOEXEC);
		racers[i].reading.op = (struct ring_op){.fn = racer_done, .first = i == 1};
		racers[i].racers = racers;
		racers[i].place = &place;
		ring_read(&ring, &racers[i].reading.op, fd[i], &racers[i].reading.value,
			  sizeof(racers[i].reading.value));
	}
	ITERATE_UNTIL(&ring, place == 3);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(racers[i].reading.count, 1);
		ck_assert(!racers[i].reading.op.armed);
		close(fd[i]);
	}
	ck_assert_uint_eq(racers[1].reached, 1);
	ck_assert_uint_eq(racers[0].reached, 2);
	ck_assert_uint_eq(racers[2].reached, 3);
}
END_TEST

/* Both ends of a connection, counting what comes. */
struct end {
	struct stream stream;
	unsigned messages, lost, closed;
	size_t bytes;
	char last[64];
	char reason[STREAM_REASON_MAX];
	bool close_on_message;
};

static struct end *end_of(struct stream *stream)
{
	return container_of(stream, struct end, stream);
}

static void end_message(struct stream *stream, char *message, size_t n)
{
	struct end *end = end_of(stream);

	ck_assert_uint_eq(message[n], 0);
	end->messages++;
	end->bytes += n;
	snprintf(end->last, sizeof(end->last), "%s", message);
	if (end->close_on_message)
		stream_close(stream);
}

static void end_lost(struct stream *stream, const char *reason)
{
	end_of(stream)->lost++;
	snprintf(end_of(stream)->reason, STREAM_REASON_MAX, "%s", reason);
}

static void end_closed(struct stream *stream)
{
	end_of(stream)->closed++;
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
	ck_assert_int_eq(end->stream.state, STREAM_CLOSED);
	ck_assert_int_eq(end->stream.fd, -1);
	stream_deinit(&end->stream);
	stream_deinit(&end->stream);
}

START_TEST(stream_splits_and_joins)
{
	struct end end = {};
	int fd;

	pair_up(&end, &fd);
	ck_assert_int_eq(write(fd, "one\ntw", 6), 6);
	ITERATE_UNTIL(&ring, end.messages == 1);
	ck_assert_str_eq(end.last, "one");
	ck_assert_int_eq(write(fd, "o\r\n\nfour\n", 9), 9);
	ITERATE_UNTIL(&ring, end.messages == 4);
	ck_assert_str_eq(end.last, "four");
	ck_assert_uint_eq(end.lost, 0);
	close_down(&end);
	ck_assert_uint_eq(end.lost, 0);
	close(fd);
}
END_TEST

START_TEST(stream_reports_the_end_once)
{
	struct end end = {};
	int fd;

	pair_up(&end, &fd);
	ck_assert_int_eq(write(fd, "last\n", 5), 5);
	close(fd);
	ITERATE_UNTIL(&ring, end.closed == 1);
	ck_assert_uint_eq(end.messages, 1);
	ck_assert_uint_eq(end.lost, 1);
	ck_assert_str_eq(end.reason, "closed by the peer");
	stream_deinit(&end.stream);
}
END_TEST

START_TEST(stream_closed_from_its_own_callback)
{
	struct end end = {.close_on_message = true};
	int fd;

	pair_up(&end, &fd);
	ck_assert_int_eq(write(fd, "a\nb\nc\n", 6), 6);
	ITERATE_UNTIL(&ring, end.closed == 1);
	ck_assert_uint_eq(end.messages, 1);
	ck_assert_uint_eq(end.lost, 0);
	stream_deinit(&end.stream);
	close(fd);
}
END_TEST

START_TEST(stream_refuses_an_endless_line)
{
	struct end end = {};
	static char block[65536];
	size_t sent = 0;
	int fd;

	pair_up(&end, &fd);
	memset(block, 'x', sizeof(block));
	while (!end.lost && sent < 3 * 1024 * 1024) {
		ssize_t n = send(fd, block, sizeof(block), MSG_DONTWAIT | MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		ck_assert_int_eq(ring_iterate(&ring), 0);
	}
	ck_assert_str_eq(end.reason, "a message longer than 1048576 bytes");
	ITERATE_UNTIL(&ring, end.closed == 1);
	ck_assert_uint_eq(end.messages, 0);
	/* What it sent takes no memory until the next connection either. */
	ck_assert_ptr_null(end.stream.in.data);
	stream_deinit(&end.stream);
	close(fd);
}
END_TEST

START_TEST(stream_is_used_again)
{
	struct end end = {};
	int fds[2], fd;

	pair_up(&end, &fd);
	ck_assert(stream_send(&end.stream, "hello\n", 6));
	ck_assert_int_eq(write(fd, "back\n", 5), 5);
	ITERATE_UNTIL(&ring, end.messages == 1);
	ck_assert_uint_gt(end.stream.received_ns, 0);
	close(fd);
	ITERATE_UNTIL(&ring, end.closed == 1);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	stream_adopt(&end.stream, fds[0]);
	ck_assert_int_eq(write(fds[1], "again\n", 6), 6);
	ITERATE_UNTIL(&ring, end.messages == 2);
	ck_assert_str_eq(end.last, "again");
	stream_close(&end.stream);
	ITERATE_UNTIL(&ring, end.closed == 2);
	ck_assert_uint_eq(end.lost, 1);
	stream_deinit(&end.stream);
	close(fds[1]);
}
END_TEST

static unsigned resolved;

static void on_resolved(struct resolve *resolve)
{
	resolved++;
}

START_TEST(names_and_literals)
{
	struct resolver resolver;
	struct resolve resolve = {.fn = on_resolved};

	resolved = 0;
	ck_assert_int_eq(resolver_init(&resolver, &ring), 0);
	ck_assert_int_eq(resolve_start(&resolver, &resolve, "127.0.0.1", 3333), 0);
	ITERATE_UNTIL(&ring, resolved == 1);
	ck_assert_uint_eq(resolve.n, 1);
	ck_assert_uint_eq(((struct sockaddr_in *)&resolve.addresses[0].address)->sin_port,
			  htons(3333));
	ck_assert_int_eq(resolve_start(&resolver, &resolve, "::1", 1), 0);
	ITERATE_UNTIL(&ring, resolved == 2);
	ck_assert_uint_eq(resolve.n, 1);
	ck_assert_int_eq(resolve_start(&resolver, &resolve, "no such name", 1), 0);
	ITERATE_UNTIL(&ring, resolved == 3);
	ck_assert_uint_eq(resolve.n, 0);
	ck_assert_ptr_nonnull(strstr(resolve.reason, "no such name"));
	/* One that nobody waits for any more says nothing, and frees itself. */
	ck_assert_int_eq(resolve_start(&resolver, &resolve, "127.0.0.1", 1), 0);
	resolve_cancel(&resolve);
	ck_assert_int_eq(resolve_start(&resolver, &resolve, "127.0.0.2", 1), 0);
	ITERATE_UNTIL(&ring, resolved == 4);
	ck_assert_uint_eq(resolved, 4);
	resolver_stop(&resolver);
	while (resolver.op.armed)
		ck_assert_int_eq(ring_iterate(&ring), 0);
	resolver_deinit(&resolver);
	resolver_deinit(&resolver);
}
END_TEST

START_TEST(refusals_name_a_remedy)
{
	const char *refused = ring_refusal(-EPERM);

	/* By the sysctl, where it is set on this machine, else by a filter. */
	ck_assert(strstr(refused, "kernel.io_uring_disabled") ||
		  strstr(refused, "SystemCallFilter=@aio"));
	ck_assert_ptr_nonnull(strstr(ring_refusal(-ENOSYS), "5.11"));
	ck_assert_ptr_nonnull(strstr(ring_refusal(-ENOMEM), "LimitMEMLOCK"));
	ck_assert_ptr_nonnull(strstr(ring_refusal(-EMFILE), "LimitNOFILE"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("io");
	TCase *tests = tcase_create("io");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 20);
	tcase_add_test(tests, timers_fire_in_order);
	tcase_add_test(tests, stays_awake);
	tcase_add_test(tests, who_is_first_changes_meanwhile);
	tcase_add_test(tests, stream_splits_and_joins);
	tcase_add_test(tests, stream_reports_the_end_once);
	tcase_add_test(tests, stream_closed_from_its_own_callback);
	tcase_add_test(tests, stream_refuses_an_endless_line);
	tcase_add_test(tests, stream_is_used_again);
	tcase_add_test(tests, names_and_literals);
	tcase_add_test(tests, refusals_name_a_remedy);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
