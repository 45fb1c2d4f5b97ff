/* SPDX-License-Identifier: MIT */
/*
 * Folder upstream/stratum/: which names a login looks up, and what becomes of it when none has an
 * answer. This program has a getaddrinfo(3) of its own, so that it sees every one.
 */
#include <arpa/inet.h>
#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "iterate_fixture.h"
#include "suite_main.h"
#include "upstream/stratum/session.h"

/* What was looked up, with a space after each. */
static char names[256];
static pthread_mutex_t names_lock = PTHREAD_MUTEX_INITIALIZER;

/* As if no server answered, until the test lets it continue. */
static const char hanging[] = "hanging.example";
static pthread_cond_t hang_ended = PTHREAD_COND_INITIALIZER;
static bool hangs;

/* A name of many addresses: how many of each family, IPv6 first. */
static const char many[] = "many.example";
static unsigned many6, many4;

typedef int lookup(const char *, const char *, const struct addrinfo *, struct addrinfo **);

static int look_up_many(lookup *next, const char *service, const struct addrinfo *req,
			struct addrinfo **pai)
{
	for (unsigned i = 0; i < many6 + many4; i++) {
		char text[INET6_ADDRSTRLEN];

		snprintf(text, sizeof(text), i < many6 ? "2001:db8::%x" : "192.0.2.%u", i + 1);
		ck_assert_int_eq(next(text, service, req, pai), 0);
		pai = &(*pai)->ai_next;
	}
	return 0;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *req,
		struct addrinfo **pai)
{
	lookup *next = (lookup *)dlsym(RTLD_NEXT, "getaddrinfo");
	struct in_addr address;

	pthread_mutex_lock(&names_lock);
	while (hangs && strcmp(name, hanging) == 0)
		pthread_cond_wait(&hang_ended, &names_lock);
	snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s ", name);
	pthread_mutex_unlock(&names_lock);
	if (strcmp(name, many) == 0)
		return look_up_many(next, service, req, pai);
	return inet_pton(AF_INET, name, &address) == 1 ? next(name, service, req, pai) : EAI_NONAME;
}

static struct ring ring;
static struct resolver resolver;
static struct session session;
static struct conf_pool pool;
static char reason[512];
static unsigned closed;

static const struct conf_failover limits = {
	.connect_timeout = 10,
	.proxy_timeout = 10,
	.tls_timeout = 10,
	.handshake_timeout = 10,
};

static void on_lost(struct session *self, const char *why)
{
	snprintf(reason, sizeof(reason), "%s", why);
}

static void on_closed(struct session *self)
{
	closed++;
}

static const struct session_handler handler = {.lost = on_lost, .closed = on_closed};

static void quiet(enum log_level level, const char *text, const struct log_field *fields)
{
}

static void setup(void)
{
	static char name[] = "pool", host[] = "pool.example";

	log_set_sink(quiet);
	ck_assert_int_eq(ring_init(&ring), 0);
	ck_assert_int_eq(resolver_init(&resolver, &ring), 0);
	pool = (struct conf_pool){
		.name = name,
		.host = host,
		.user = name,
		.password = name,
		.user_agent = name,
		.version_rolling = true,
	};
	session_init(&session,
		     &(struct session_settings){
			     .ring = &ring,
			     .resolver = &resolver,
			     .conf = &pool,
			     .limits = &limits,
		     },
		     &handler);
	names[0] = reason[0] = '\0';
	closed = 0;
}

static void wait_closed(void)
{
	ITERATE_UNTIL(&ring, closed);
	session_deinit(&session);
}

static void teardown(void)
{
	resolver_stop(&resolver);
	ITERATE_UNTIL(&ring, !resolver.op.armed);
	ring_deinit(&ring);
	resolver_deinit(&resolver);
}

/* A proxy on loopback, which pool is then behind; the listener. */
static int proxy_listen(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	strcpy(pool.proxy.host, "127.0.0.1");
	pool.proxy.port = ntohs(address.sin_port);
	return fd;
}

static int proxy_accept(int listener)
{
	int fd;

	ITERATE_UNTIL(&ring,
		      (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0);
	return fd;
}

/* Receives exactly n bytes of the session. */
static void proxy_read(int fd, char *ret, size_t n)
{
	while (n) {
		ssize_t part;

		ITERATE_UNTIL(&ring, (part = read(fd, ret, n)) > 0);
		ret += part;
		n -= (size_t)part;
	}
}

START_TEST(a_name_is_looked_up_without_a_proxy)
{
	session_connect(&session, 1, "pool.example", 3333);
	wait_closed();
	ck_assert_str_eq(names, "pool.example ");
	ck_assert_ptr_nonnull(strstr(reason, "pool.example"));
}
END_TEST

/* The pool's own name, and one that client.reconnect leads to. */
START_TEST(only_the_proxy_gets_the_name)
{
	const char *host = _i ? "other.pool.example" : "pool.example";
	int listener = proxy_listen(), fd;
	size_t n = strlen(host);
	char bytes[128] = "";

	session_connect(&session, 1, host, 3333);
	fd = proxy_accept(listener);
	proxy_read(fd, bytes, 3);
	ck_assert_int_eq(write(fd, "\x05\x00", 2), 2);
	proxy_read(fd, bytes, 5 + n + 2);
	ck_assert_int_eq(bytes[3], 3);
	ck_assert_uint_eq((size_t)bytes[4], n);
	ck_assert_mem_eq(bytes + 5, host, n);
	ck_assert_int_eq(write(fd, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", 10), 10);
	proxy_read(fd, bytes, 30);
	ck_assert_ptr_nonnull(strstr(bytes, "mining.conf"));
	session_close(&session);
	wait_closed();
	close(fd);
	close(listener);
	ck_assert_str_eq(names, "127.0.0.1 ");
	ck_assert_str_eq(reason, "");
}
END_TEST

static void on_resolved(struct resolve *resolve)
{
}

static void hang(bool on)
{
	pthread_mutex_lock(&names_lock);
	hangs = on;
	pthread_mutex_unlock(&names_lock);
	pthread_cond_broadcast(&hang_ended);
}

static void resolve_wait(struct resolve *resolve)
{
	ITERATE_UNTIL(&ring, !resolve->request);
}

/* Each that is given up keeps its thread: there is an end to it, which an address does not meet. */
START_TEST(look_ups_that_hang_are_counted)
{
	struct resolve resolve = {.fn = on_resolved};
	int r;

	hang(true);
	for (unsigned i = 0; i < RESOLVE_LIVE_MAX; i++) {
		ck_assert_int_eq(resolve_start(&resolver, &resolve, hanging, 1), 0);
		resolve_cancel(&resolve);
	}
	ck_assert_int_eq(resolve_start(&resolver, &resolve, "other.example", 1), -EAGAIN);
	ck_assert_ptr_null(resolve.request);
	session_connect(&session, 1, "pool.example", 3333);
	wait_closed();
	ck_assert_str_eq(reason, "look-up of pool.example: 32 others have no answer yet; check the "
				 "resolver of this machine");
	ck_assert_int_eq(resolve_start(&resolver, &resolve, "127.0.0.1", 1), 0);
	resolve_wait(&resolve);
	ck_assert_uint_eq(resolve.n, 1);
	ck_assert_str_eq(names, "127.0.0.1 ");

	hang(false);
	ITERATE_UNTIL(&ring,
		      (r = resolve_start(&resolver, &resolve, "other.example", 1)) != -EAGAIN);
	ck_assert_int_eq(r, 0);
	resolve_wait(&resolve);
	ck_assert_ptr_nonnull(strstr(resolve.reason, "look-up of other.example: "));
}
END_TEST

/* What there is of each family, and what is kept of it. */
static const struct {
	unsigned ipv6, ipv4, kept6, kept4;
} crowds[] = {
	{20, 3, 13, 3}, {3, 20, 3, 13}, {20, 20, 8, 8}, {20, 0, 16, 0},
	{0, 20, 0, 16}, {16, 1, 15, 1}, {8, 8, 8, 8},	{2, 1, 2, 1},
};

START_TEST(no_family_hides_the_other)
{
	struct resolve resolve = {.fn = on_resolved};
	unsigned n[] = {0, 0};

	many6 = crowds[_i].ipv6;
	many4 = crowds[_i].ipv4;
	ck_assert_int_eq(resolve_start(&resolver, &resolve, many, 3333), 0);
	resolve_wait(&resolve);
	for (size_t i = 0; i < resolve.n; i++) {
		const struct sockaddr *address =
			(const struct sockaddr *)&resolve.addresses[i].address;
		bool ipv6 = address->sa_family == AF_INET6;
		const uint8_t *in =
			(const uint8_t *)&((const struct sockaddr_in *)address)->sin_addr;
		const uint8_t *in6 =
			(const uint8_t *)&((const struct sockaddr_in6 *)address)->sin6_addr;

		/* The first ones, in their order. */
		n[ipv6]++;
		ck_assert_uint_eq(ipv6 ? in6[15] : in[3], ipv6 ? n[1] : many6 + n[0]);
	}
	ck_assert_uint_eq(n[1], crowds[_i].kept6);
	ck_assert_uint_eq(n[0], crowds[_i].kept4);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lookup");
	TCase *tests = tcase_create("lookup");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_name_is_looked_up_without_a_proxy);
	tcase_add_test(tests, look_ups_that_hang_are_counted);
	tcase_add_loop_test(tests, no_family_hides_the_other, 0, ARRAY_SIZE(crowds));
	tcase_add_loop_test(tests, only_the_proxy_gets_the_name, 0, 2);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
