/* SPDX-License-Identifier: MIT */
/*
 * io/dial.h with names of its own and listeners on loopback, of both families: which address is
 * tried when, which wins, and that no descriptor and no operation is left at any stage.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/container.h"
#include "fake_resolve.h"
#include "io/dial.h"
#include "iterate_fixture.h"
#include "jump_clock.h"
#include "net_fixture.h"
#include "suite_main.h"

static struct ring ring;
static struct resolver resolver;
static unsigned descriptors;

static const struct dial_limits limits = {.timeout = 10,
					  .socket = {.keepalive = 30, .tcp_timeout = 30}};

static void setup(void)
{
	ck_assert_int_eq(ring_init(&ring), 0);
	ck_assert_int_eq(resolver_init(&resolver, &ring), 0);
	descriptors = net_fixture_descriptors();
}

static void teardown(void)
{
	ck_assert_uint_eq(net_fixture_descriptors(), descriptors);
	resolver_stop(&resolver);
	fake_resolve_reset();
	ring_deinit(&ring);
	resolver_deinit(&resolver);
}

/* A dial that records its callbacks. */
struct caller {
	struct dial dial;
	unsigned connected, failed, closed;
	int fd;
	char reason[DIAL_REASON_MAX];
	uint64_t begun_ns, called_ns;
};

static struct caller *caller_of(struct dial *dial)
{
	return container_of(dial, struct caller, dial);
}

static void on_connected(struct dial *dial, int fd)
{
	caller_of(dial)->connected++;
	caller_of(dial)->fd = fd;
	caller_of(dial)->called_ns = clock_now();
}

static void on_failed(struct dial *dial, const char *reason)
{
	caller_of(dial)->failed++;
	snprintf(caller_of(dial)->reason, DIAL_REASON_MAX, "%s", reason);
	caller_of(dial)->called_ns = clock_now();
}

static void on_closed(struct dial *dial)
{
	ck_assert_int_eq(dial->state, DIAL_CLOSED);
	caller_of(dial)->closed++;
}

static const struct dial_handler handler = {
	.connected = on_connected,
	.failed = on_failed,
	.closed = on_closed,
};

static void caller_init(struct caller *caller)
{
	*caller = (struct caller){.fd = -1, .begun_ns = clock_now()};
	dial_init(&caller->dial, &ring, &resolver, &handler);
}

/* Dials a name that has these addresses. */
static void dial_all(struct caller *caller, const struct resolve_address *addresses, size_t n)
{
	fake_resolve("pool", addresses, n);
	dial_host(&caller->dial, "pool", 1, &limits);
}

/* Until closed: nothing of it is armed any more, and no descriptor open but the caller's. */
static void finish(struct caller *caller, unsigned closed)
{
	ITERATE_UNTIL(&ring, caller->closed == closed);
	for (size_t i = 0; i < RESOLVE_ADDRESSES_MAX; i++) {
		ck_assert(!caller->dial.attempts[i].op.armed);
		ck_assert_int_eq(caller->dial.attempts[i].fd, -1);
	}
	ck_assert(!caller->dial.next.armed && !caller->dial.deadline.armed);
}

static unsigned option_of(int fd, int level, int option)
{
	int value = 0;
	socklen_t size = sizeof(value);

	ck_assert_int_eq(getsockopt(fd, level, option, &value, &size), 0);
	return (unsigned)value;
}

START_TEST(one_address)
{
	struct resolve_address address = net_fixture_address4("127.0.0.1", 0);
	int listener = net_fixture_listen(&address, 4);
	struct caller caller;

	caller_init(&caller);
	dial_all(&caller, &address, 1);
	ck_assert_int_eq(caller.dial.state, DIAL_RESOLVING);
	ITERATE_UNTIL(&ring, caller.connected);
	ck_assert_uint_ne(option_of(caller.fd, IPPROTO_TCP, TCP_NODELAY), 0);
	ck_assert_uint_ne(option_of(caller.fd, SOL_SOCKET, SO_KEEPALIVE), 0);
	ck_assert_uint_eq(option_of(caller.fd, IPPROTO_TCP, TCP_KEEPIDLE), 30);
	ck_assert_uint_eq(option_of(caller.fd, IPPROTO_TCP, TCP_KEEPINTVL), 10);
	ck_assert_uint_eq(option_of(caller.fd, IPPROTO_TCP, TCP_KEEPCNT), SOCKET_PROBES);
	ck_assert_uint_eq(option_of(caller.fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 30000);
	finish(&caller, 1);
	close(caller.fd);
	/* Again, with neither of the two. */
	dial_host(&caller.dial, "pool", 1, &(struct dial_limits){.timeout = 10});
	ITERATE_UNTIL(&ring, caller.connected == 2);
	ck_assert_uint_eq(option_of(caller.fd, SOL_SOCKET, SO_KEEPALIVE), 0);
	ck_assert_uint_eq(option_of(caller.fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
	finish(&caller, 2);
	ck_assert_uint_eq(caller.failed, 0);
	close(caller.fd);
	close(listener);
}
END_TEST

START_TEST(refused_by_all)
{
	struct resolve_address a = net_fixture_address4("127.0.0.1", 0),
			       b = net_fixture_address4("127.0.0.2", 0);
	int fds[] = {net_fixture_refuse(&a), net_fixture_refuse(&b)};
	struct caller caller;

	caller_init(&caller);
	dial_all(&caller, (struct resolve_address[]){a, b}, 2);
	finish(&caller, 1);
	ck_assert_uint_eq(caller.failed, 1);
	ck_assert_uint_eq(caller.connected, 0);
	ck_assert_uint_eq(caller.dial.begun, 2);
	ck_assert_str_eq(caller.reason, "connect: 127.0.0.2 Connection refused");
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(each_family_is_named)
{
	struct resolve_address a = net_fixture_address6("::1", 0),
			       b = net_fixture_address4("127.0.0.1", 0);
	struct caller caller;
	int fds[2];

	if (!net_fixture_has_ipv6())
		return;
	fds[0] = net_fixture_refuse(&a);
	fds[1] = net_fixture_refuse(&b);
	caller_init(&caller);
	dial_all(&caller, (struct resolve_address[]){a, b}, 2);
	finish(&caller, 1);
	ck_assert_str_eq(caller.reason,
			 "connect: ::1 Connection refused; 127.0.0.1 Connection refused");
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(a_family_that_is_not_there)
{
	struct resolve_address none = {.size = sizeof(struct sockaddr_in)};
	struct resolve_address b = net_fixture_address4("127.0.0.1", 0);
	int listener = net_fixture_listen(&b, 4);
	struct caller caller;

	none.address.ss_family = AF_MAX;
	caller_init(&caller);
	dial_all(&caller, (struct resolve_address[]){none, b}, 2);
	ITERATE_UNTIL(&ring, caller.connected);
	finish(&caller, 1);
	close(caller.fd);
	dial_all(&caller, &none, 1);
	finish(&caller, 2);
	ck_assert_ptr_nonnull(strstr(caller.reason, "not supported"));
	close(listener);
}
END_TEST

/* After a refusal the next one is tried at once, after silence in 250 ms. */
START_TEST(the_next_one_is_tried)
{
	struct resolve_address dead = net_fixture_address4("127.0.0.2", 0),
			       alive = net_fixture_address4("127.0.0.1", 0);
	int refuser = net_fixture_refuse(&dead), listener = net_fixture_listen(&alive, 4);
	struct blackhole hole;
	struct caller caller;

	blackhole_init(&hole, "127.0.0.3");
	caller_init(&caller);
	dial_all(&caller, (struct resolve_address[]){dead, hole.address, alive}, 3);
	ITERATE_UNTIL(&ring, caller.connected);
	ck_assert_uint_ge(caller.called_ns - caller.begun_ns, DIAL_STAGGER_MS * CLOCK_MS);
	ck_assert_int_eq(caller.dial.attempts[0].error, -ECONNREFUSED);
	finish(&caller, 1);
	ck_assert_uint_eq(caller.failed, 0);
	close(caller.fd);
	close(listener);
	close(refuser);
	blackhole_deinit(&hole);
}
END_TEST

/* Closes all who wait in the queue of a listener. */
static void drain(int listener)
{
	struct pollfd poller = {.fd = listener, .events = POLLIN};

	while (poll(&poller, 1, 0) == 1)
		close(accept(listener, NULL, NULL));
}

/* An attempt that was left behind goes on, and may win. */
START_TEST(the_first_that_connects_wins)
{
	struct sockaddr_in peer = {}, wanted;
	socklen_t size = sizeof(peer);
	struct blackhole slow, dead;
	struct caller caller;

	blackhole_init(&slow, "127.0.0.2");
	blackhole_init(&dead, "127.0.0.3");
	caller_init(&caller);
	dial_all(&caller, (struct resolve_address[]){slow.address, dead.address}, 2);
	ITERATE_UNTIL(&ring, caller.dial.begun == 2);
	ck_assert(caller.dial.attempts[0].op.armed);
	/* Room in the queue: the SYN that is sent again, after a second, is answered. */
	while (slow.n > 1)
		close(slow.fds[--slow.n]);
	ITERATE_UNTIL(&ring, (drain(slow.fds[0]), caller.connected));
	ck_assert_int_eq(getpeername(caller.fd, (struct sockaddr *)&peer, &size), 0);
	memcpy(&wanted, &slow.address.address, sizeof(wanted));
	ck_assert_uint_eq(peer.sin_addr.s_addr, wanted.sin_addr.s_addr);
	finish(&caller, 1);
	close(caller.fd);
	blackhole_deinit(&slow);
	blackhole_deinit(&dead);
}
END_TEST

START_TEST(silence_ends_at_the_deadline)
{
	struct blackhole hole;
	struct caller caller;

	blackhole_init(&hole, "127.0.0.2");
	caller_init(&caller);
	dial_all(&caller, &hole.address, 1);
	ITERATE_UNTIL(&ring, caller.dial.begun == 1);
	jump_clock(limits.timeout * CLOCK_S);
	finish(&caller, 1);
	ck_assert_uint_eq(caller.failed, 1);
	ck_assert_uint_ge(caller.called_ns - caller.begun_ns, limits.timeout * CLOCK_S);
	ck_assert_str_eq(caller.reason, "no connection within 10 s: 127.0.0.2 no answer");
	blackhole_deinit(&hole);
}
END_TEST

START_TEST(families_alternate)
{
	static const char *const wanted[] = {"2001:db8::1", "192.0.2.1", "2001:db8::2",
					     "192.0.2.2",   "192.0.2.3", "192.0.2.4"};
	struct resolve_address addresses[] = {
		net_fixture_address6("2001:db8::1", 9), net_fixture_address6("2001:db8::2", 9),
		net_fixture_address4("192.0.2.1", 9),	net_fixture_address4("192.0.2.2", 9),
		net_fixture_address4("192.0.2.3", 9),	net_fixture_address4("192.0.2.4", 9),
	};
	struct caller caller;

	caller_init(&caller);
	dial_all(&caller, addresses, ARRAY_SIZE(addresses));
	/* The first attempt has begun, but nothing of it is submitted before the next iteration. */
	ck_assert_int_eq(ring_iterate(&ring), 0);
	ck_assert_uint_eq(caller.dial.begun, 1);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		const struct resolve_address *address = &caller.dial.resolve.addresses[i];
		const struct sockaddr_in *in = (const struct sockaddr_in *)&address->address;
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address->address;
		char text[INET6_ADDRSTRLEN];

		if (in->sin_family == AF_INET)
			inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
		else
			inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
		ck_assert_str_eq(text, wanted[i]);
	}
	dial_close(&caller.dial);
	finish(&caller, 1);
}
END_TEST

START_TEST(names)
{
	struct caller caller;

	caller_init(&caller);
	dial_host(&caller.dial, "no such name", 1, &limits);
	finish(&caller, 1);
	ck_assert_uint_eq(caller.failed, 1);
	ck_assert_str_eq(caller.reason, "look-up of no such name: Name or service not known");
	/* No name server answers. */
	fake_resolve("pool", NULL, FAKE_RESOLVE_HANGS);
	dial_host(&caller.dial, "pool", 1, &limits);
	jump_clock((DIAL_LOOK_UP_MAX - 1) * CLOCK_S);
	iterate_for(&ring, CLOCK_MS);
	ck_assert_uint_eq(caller.failed, 1);
	jump_clock(CLOCK_S);
	finish(&caller, 2);
	ck_assert_uint_eq(caller.failed, 2);
	ck_assert_str_eq(caller.reason, "no answer to the look-up of its name within 30 s");
}
END_TEST

static void give_up(struct caller *caller, unsigned closed)
{
	dial_close(&caller->dial);
	dial_close(&caller->dial);
	ck_assert_int_eq(caller->dial.state, DIAL_CLOSING);
	finish(caller, closed);
	ck_assert_uint_eq(caller->connected, 0);
	ck_assert_uint_eq(caller->failed, 0);
}

START_TEST(given_up_at_every_stage)
{
	struct resolve_address alive = net_fixture_address4("127.0.0.1", 0);
	int listener = net_fixture_listen(&alive, 64);
	struct blackhole holes[2];
	struct caller caller;

	blackhole_init(&holes[0], "127.0.0.2");
	blackhole_init(&holes[1], "127.0.0.3");
	caller_init(&caller);
	dial_close(&caller.dial);
	ck_assert_int_eq(caller.dial.state, DIAL_CLOSED);
	/* While the name is looked up. */
	dial_all(&caller, &alive, 1);
	give_up(&caller, 1);
	/* While nobody answers the look-up. */
	fake_resolve("pool", NULL, FAKE_RESOLVE_HANGS);
	dial_host(&caller.dial, "pool", 1, &limits);
	iterate_for(&ring, CLOCK_MS);
	give_up(&caller, 2);
	/* When the first attempt was armed, and nothing of it submitted. */
	dial_all(&caller, &alive, 1);
	ck_assert_int_eq(ring_iterate(&ring), 0);
	ck_assert(caller.dial.attempts[0].op.armed);
	give_up(&caller, 3);
	/* While one attempt is on its way, and while two are. */
	for (unsigned begun = 1; begun <= 2; begun++) {
		dial_all(&caller, (struct resolve_address[]){holes[0].address, holes[1].address},
			 2);
		ITERATE_UNTIL(&ring, caller.dial.begun == begun);
		iterate_for(&ring, CLOCK_MS);
		ck_assert(caller.dial.attempts[begun - 1].op.armed);
		give_up(&caller, 3 + begun);
	}
	close(listener);
	blackhole_deinit(&holes[0]);
	blackhole_deinit(&holes[1]);
}
END_TEST

static void close_in_callback(struct dial *dial, int fd)
{
	dial_close(dial);
	on_connected(dial, fd);
}

START_TEST(closed_from_its_own_callback)
{
	static const struct dial_handler closing = {
		.connected = close_in_callback, .failed = on_failed, .closed = on_closed};
	struct resolve_address alive = net_fixture_address4("127.0.0.1", 0);
	int listener = net_fixture_listen(&alive, 4);
	struct caller caller;

	caller_init(&caller);
	caller.dial.handler = &closing;
	dial_all(&caller, &alive, 1);
	finish(&caller, 1);
	ck_assert_uint_eq(caller.connected, 1);
	iterate_for(&ring, CLOCK_MS);
	ck_assert_uint_eq(caller.closed, 1);
	close(caller.fd);
	close(listener);
}
END_TEST

START_TEST(the_other_family_is_raced)
{
	struct resolve_address alive = net_fixture_address4("127.0.0.1", 0);
	int listener = net_fixture_listen(&alive, 4);
	struct blackhole hole;
	struct caller caller;

	if (net_fixture_has_ipv6()) {
		blackhole_init(&hole, "::1");
		caller_init(&caller);
		dial_all(&caller, (struct resolve_address[]){hole.address, alive}, 2);
		ITERATE_UNTIL(&ring, caller.connected);
		finish(&caller, 1);
		close(caller.fd);
		/* And the other way round. */
		close(listener);
		blackhole_deinit(&hole);
		blackhole_init(&hole, "127.0.0.1");
		alive = net_fixture_address6("::1", 0);
		listener = net_fixture_listen(&alive, 4);
		dial_all(&caller, (struct resolve_address[]){hole.address, alive}, 2);
		ITERATE_UNTIL(&ring, caller.connected == 2);
		finish(&caller, 2);
		close(caller.fd);
		blackhole_deinit(&hole);
	}
	close(listener);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dial");
	TCase *tests = tcase_create("dial");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, one_address);
	tcase_add_test(tests, refused_by_all);
	tcase_add_test(tests, each_family_is_named);
	tcase_add_test(tests, a_family_that_is_not_there);
	tcase_add_test(tests, the_next_one_is_tried);
	tcase_add_test(tests, the_first_that_connects_wins);
	tcase_add_test(tests, silence_ends_at_the_deadline);
	tcase_add_test(tests, families_alternate);
	tcase_add_test(tests, names);
	tcase_add_test(tests, given_up_at_every_stage);
	tcase_add_test(tests, closed_from_its_own_callback);
	tcase_add_test(tests, the_other_family_is_raced);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
