/* SPDX-License-Identifier: MIT */
/* Folder daemon/io/: requests of HTTP side by side, those that are cancelled, and look-ups of
 * names. */
#include <check.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "http_fixture.h"
#include "iterate_fixture.h"
#include "net_fixture.h"
#include "suite_main.h"

static struct http_server server;
static struct http_caller caller;
static struct http_call *const call = &caller.calls[0];
static unsigned descriptors;

static sem_t look_up;
static atomic_uint looked_up;

/* In the place of the C library's, for libcurl: three names, and addresses. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *req,
		struct addrinfo **pai)
{
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
		dlsym(RTLD_NEXT, "getaddrinfo");

	if (strcmp(name, "unknown.test") == 0)
		return EAI_NONAME;
	if (strcmp(name, "hangs.test") == 0) {
		sem_wait(&look_up);
		looked_up++;
		return EAI_AGAIN;
	}
	return real(strcmp(name, "node.test") == 0 ? "127.0.0.1" : name, service, req, pai);
}

static void setup(void)
{
	sem_init(&look_up, 0, 0);
	descriptors = net_fixture_descriptors();
}

static void serve_drain(struct http_server *self)
{
	struct http_peer peer;

	http_peer_accept(self, &peer);
	http_peer_drain(&peer);
	http_peer_close(&peer);
}

static void serve_one(struct http_server *self)
{
	struct http_peer peer;

	http_peer_accept(self, &peer);
	ck_assert(http_peer_request(&peer));
	ck_assert_ptr_nonnull(strstr(peer.head, "\r\nHost: node.test:"));
	http_peer_say(&peer, HTTP_OK("1") "k");
	http_peer_drain(&peer);
	http_peer_close(&peer);
}

START_TEST(a_name_is_looked_up)
{
	char url[64];

	http_server_start(&server, NULL, serve_one);
	snprintf(url, sizeof(url), "http://node.test:%u/", server.port);
	http_caller_init(&caller, url, 0, NULL);
	http_caller_call(call, "{}");
	http_call_expect(call, 200, "k");
	http_fixture_end(&server, &caller, descriptors);
}
END_TEST

START_TEST(a_name_that_does_not_resolve_is_named)
{
	http_caller_init(&caller, "http://unknown.test:8332/", 0, NULL);
	http_caller_call(call, "{}");
	ck_assert_str_eq(call->error, "the name unknown.test does not resolve");
	ck_assert(!call->refused);
	http_caller_deinit(&caller);
}
END_TEST

/* The loop does not wait for the thread of the look-up, whoever gives up. */
START_TEST(a_look_up_that_hangs_is_not_waited_for)
{
	http_caller_init(&caller, "http://hangs.test:8332/", 0, NULL);
	caller.http.settings.connect_timeout = 1;
	http_caller_call(call, "{}");
	ck_assert_str_eq(call->error, "no answer to the look-up of hangs.test within 1 s");
	http_caller_post(call, "{}", 0);
	iterate_for(&caller.ring, CLOCK_MS);
	http_cancel(&call->request);
	http_caller_post(call, "{}", 0);
	iterate_for(&caller.ring, CLOCK_MS);
	http_caller_deinit(&caller);
	ck_assert_uint_eq(looked_up, 0);
	for (int i = 0; i < 3; i++)
		sem_post(&look_up);
}
END_TEST

static void serve_in_steps(struct http_server *self)
{
	struct http_peer peer;

	http_peer_accept(self, &peer);
	if (http_peer_request(&peer)) {
		http_peer_say(&peer, "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf");
		http_peer_drain(&peer);
	}
	http_peer_close(&peer);
	/* The same request over a connection of its own. */
	http_peer_accept(self, &peer);
	ck_assert(http_peer_request(&peer));
	http_peer_say(&peer, HTTP_OK("4") "more");
	http_peer_drain(&peer);
	http_peer_close(&peer);
}

/* Before anything was done, after so many iterations, and when half of the reply is there. */
START_TEST(a_request_is_cancelled_at_every_stage)
{
	http_fixture_begin(&server, &caller, serve_in_steps);
	http_caller_post(call, "{}", 0);
	if (_i < 8) {
		/* The connection is made, so that the server gets it. */
		ITERATE_UNTIL(&caller.ring, caller.http.sockets.list);
		for (int i = 0; i < _i; i++)
			iterate_for(&caller.ring, 0);
	} else {
		ITERATE_UNTIL(&caller.ring, call->request.size == 4);
	}
	http_cancel(&call->request);
	http_cancel(&call->request);
	ck_assert(!http_busy(&call->request));
	http_caller_call(call, "{}");
	http_call_expect(call, 200, "more");
	ck_assert_uint_eq(call->done, 1);
	http_fixture_end(&server, &caller, descriptors);
}
END_TEST

START_TEST(a_request_is_cancelled_before_it_begins)
{
	http_caller_init(&caller, "http://localhost:1/", 0, NULL);
	for (int i = 0; i < 3; i++) {
		http_caller_post(call, "{}", 0);
		for (int k = 0; k < i; k++)
			iterate_for(&caller.ring, 0);
		http_cancel(&call->request);
	}
	ck_assert_uint_eq(call->done, 0);
	http_caller_deinit(&caller);
}
END_TEST

static void serve_three(struct http_server *self)
{
	struct http_peer peers[HTTP_FIXTURE_REQUESTS];

	for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
		http_peer_accept(self, &peers[i]);
		ck_assert(http_peer_request(&peers[i]));
	}
	http_peer_say(&peers[0], HTTP_OK("1") "a");
	http_peer_say(&peers[1], "HTTP/1.1 200 OK\r\n");
	for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
		http_peer_drain(&peers[i]);
		http_peer_close(&peers[i]);
	}
}

static void on_reply_close(struct http_call *ended)
{
	http_close(&caller.http);
	ck_assert_uint_eq(caller.closed, 0);
}

/* Three at once are three connections. The first reply's callee closes all. */
START_TEST(all_is_closed_from_a_reply)
{
	http_fixture_begin(&server, &caller, serve_three);
	for (size_t i = 0; i < HTTP_FIXTURE_REQUESTS; i++) {
		caller.calls[i].then = on_reply_close;
		http_caller_post(&caller.calls[i], "{}", 0);
	}
	ITERATE_UNTIL(&caller.ring, caller.closed);
	ck_assert_uint_eq(caller.calls[0].done + caller.calls[1].done + caller.calls[2].done, 1);
	for (size_t i = 0; i < HTTP_FIXTURE_REQUESTS; i++)
		ck_assert(!http_busy(&caller.calls[i].request));
	http_fixture_end(&server, &caller, descriptors);
}
END_TEST

START_TEST(all_is_closed_with_requests_under_way)
{
	http_fixture_begin(&server, &caller, serve_three);
	for (size_t i = 0; i < HTTP_FIXTURE_REQUESTS; i++)
		http_caller_post(&caller.calls[i], "{}", 0);
	ITERATE_UNTIL(&caller.ring,
		      caller.calls[0].done + caller.calls[1].done + caller.calls[2].done);
	http_fixture_end(&server, &caller, descriptors);
	ck_assert_uint_eq(caller.calls[0].done + caller.calls[1].done + caller.calls[2].done, 1);
}
END_TEST

/* The ring goes first, as when the kernel refuses it. */
START_TEST(all_is_freed_when_the_ring_has_gone)
{
	http_fixture_begin(&server, &caller, serve_drain);
	http_caller_post(call, "{}", 0);
	ITERATE_UNTIL(&caller.ring, caller.http.sockets.list);
	iterate_for(&caller.ring, CLOCK_MS);
	ring_deinit(&caller.ring);
	http_deinit(&caller.http);
	ck_assert(!http_busy(&call->request));
	http_request_deinit(&call->request);
	http_server_join(&server);
	ck_assert_uint_eq(net_fixture_descriptors(), descriptors);
}
END_TEST

/* Answers the request "b" and then, when that has arrived, "a". */
static void serve_swapped(struct http_server *self)
{
	struct http_peer peers[2], *b;

	for (size_t i = 0; i < 2; i++) {
		http_peer_accept(self, &peers[i]);
		ck_assert(http_peer_request(&peers[i]));
	}
	b = &peers[peers[1].body[0] == 'b'];
	http_peer_say(b, HTTP_OK("1") "b");
	/* Its connection is used for the next one. */
	ck_assert(http_peer_request(b));
	ck_assert_str_eq(b->body, "c");
	http_peer_say(b, HTTP_OK("1") "c");
	http_peer_say(&peers[b == peers], HTTP_OK("1") "a");
	for (size_t i = 0; i < 2; i++) {
		http_peer_drain(&peers[i]);
		http_peer_close(&peers[i]);
	}
}

static void on_reply_post(struct http_call *ended)
{
	ended->then = NULL;
	http_caller_post(ended, "c", 0);
}

START_TEST(two_requests_have_a_connection_each)
{
	http_fixture_begin(&server, &caller, serve_swapped);
	http_caller_post(call, "a", 0);
	caller.calls[1].then = on_reply_post;
	http_caller_post(&caller.calls[1], "b", 0);
	ITERATE_UNTIL(&caller.ring, call->done && caller.calls[1].done == 2);
	http_call_expect(call, 200, "a");
	ck_assert_str_eq(caller.calls[1].body, "c");
	http_fixture_end(&server, &caller, descriptors);
}
END_TEST

static Suite *http_close_suite(void)
{
	Suite *suite = suite_create("http_close");
	TCase *t = tcase_create("http_close");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, a_name_is_looked_up);
	tcase_add_test(t, a_name_that_does_not_resolve_is_named);
	tcase_add_test(t, a_look_up_that_hangs_is_not_waited_for);
	tcase_add_loop_test(t, a_request_is_cancelled_at_every_stage, 0, 9);
	tcase_add_test(t, a_request_is_cancelled_before_it_begins);
	tcase_add_test(t, all_is_closed_from_a_reply);
	tcase_add_test(t, all_is_closed_with_requests_under_way);
	tcase_add_test(t, all_is_freed_when_the_ring_has_gone);
	tcase_add_test(t, two_requests_have_a_connection_each);
	suite_add_tcase(suite, t);
	return suite;
}

int main(void)
{
	return suite_main(http_close_suite());
}
