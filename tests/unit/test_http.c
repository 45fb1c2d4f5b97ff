/* SPDX-License-Identifier: MIT */
/* Folder daemon/io/: HTTP requests to a server on loopback. */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/container.h"
#include "http_fixture.h"
#include "iterate_fixture.h"
#include "net_fixture.h"
#include "suite_main.h"

static struct http_server server;
static struct http_caller caller;
static struct http_call *const call = &caller.calls[0];
static unsigned descriptors;

static void setup(void)
{
	descriptors = net_fixture_descriptors();
}

/* What the one request of a connection is answered with. */
static const char *answer;
static size_t answer_size, step;

static void serve_answer(struct http_server *self)
{
	struct http_peer peer;

	http_peer_accept(self, &peer);
	ck_assert(http_peer_request(&peer));
	for (size_t i = 0; i < answer_size; i += step)
		if (!http_peer_send(&peer, answer + i, MIN(step, answer_size - i)))
			break;
	shutdown(peer.fd, SHUT_WR);
	http_peer_drain(&peer);
	http_peer_close(&peer);
}

static void call_answered(const char *text, size_t portion)
{
	answer = text;
	answer_size = strlen(text);
	step = portion;
	http_fixture_begin(&server, &caller, serve_answer);
	http_caller_call(call, "{}");
}

static const struct {
	const char *text;
	unsigned status;
	const char *body;
} replies[] = {
	{HTTP_OK("5") "hello", 200, "hello"},
	{HTTP_OK("0"), 200, ""},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n"
	 "0\r\n\r\n",
	 200, "hello world"},
	{"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end", 200, "until the end"},
	{"HTTP/1.0 200 OK\r\n\r\nold", 200, "old"},
	{"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"jsonrpc\"\r\n"
	 "Content-Length: 0\r\n\r\n",
	 401, ""},
	{"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 15\r\n\r\n{\"code\":-28000}", 500,
	 "{\"code\":-28000}"},
	{"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\nWork queue depth exceeded",
	 503, "Work queue depth exceeded"},
	{"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 4\r\n\r\naway",
	 302, "away"},
	{"HTTP/1.1 100 Continue\r\n\r\n" HTTP_OK("2") "ok", 200, "ok"},
};
static const size_t steps[] = {1, 7, 100000};

START_TEST(replies_arrive)
{
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		char text[64];

		call_answered(replies[_i].text, steps[i]);
		http_call_expect(call, replies[_i].status, replies[_i].body);
		ck_assert_uint_le(call->received_ns, clock_now());
		snprintf(text, sizeof(text), "127.0.0.1:%u", server.port);
		ck_assert_str_eq(caller.http.address, text);
		http_fixture_end(&server, &caller, descriptors);
	}
}
END_TEST

/* What is no reply, and what the reason says. */
static const struct {
	const char *text, *reason;
} failures[] = {
	{"", "the server closed the connection without a reply"},
	{HTTP_OK("100") "short", "the server closed the connection before the reply was complete"},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
	 "the server closed the connection before the reply was complete"},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
	 "invalid HTTP reply: "},
	{"SSH-2.0-OpenSSH_9.2p1\r\n", " does not speak HTTP; is it the port of a node's RPC?"},
	{"\x15\x03\x01\x00\x02\x02\x46", " does not speak HTTP; is it the port of a node's RPC?"},
	{"{\"id\":null,\"method\":\"mining.notify\"}\n",
	 " does not speak HTTP; is it the port of a node's RPC?"},
	{"HTTP/1.1 abc\r\n\r\n", " does not speak HTTP"},
};

START_TEST(what_is_no_reply_has_a_reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		call_answered(failures[_i].text, steps[i]);
		ck_assert_ptr_nonnull(call->error);
		ck_assert_msg(strstr(call->error, failures[_i].reason), "%s", call->error);
		for (const char *c = call->error; *c; c++)
			ck_assert(*c >= ' ' && *c <= '~');
		ck_assert(!call->refused);
		http_fixture_end(&server, &caller, descriptors);
	}
}
END_TEST

static void serve_request(struct http_server *self)
{
	struct http_peer peer;

	http_peer_accept(self, &peer);
	ck_assert(http_peer_request(&peer));
	ck_assert(strncmp(peer.head, "POST / HTTP/1.1\r\n", 17) == 0);
	ck_assert_ptr_nonnull(strstr(peer.head, "\r\nContent-Type: application/json\r\n"));
	ck_assert_ptr_nonnull(strstr(peer.head, "\r\nUser-Agent: minerd/test\r\n"));
	/* base64 of "user:pass word" */
	ck_assert_ptr_nonnull(
		strstr(peer.head, "\r\nAuthorization: Basic dXNlcjpwYXNzIHdvcmQ=\r\n"));
	ck_assert_ptr_null(strcasestr(peer.head, "\r\nExpect:"));
	ck_assert_ptr_null(strcasestr(peer.head, "\r\nAccept-Encoding:"));
	ck_assert_str_eq(peer.body, "{\"id\":1}");
	http_peer_say(&peer, HTTP_OK("0"));
	/* The same connection, and no credentials. */
	ck_assert(http_peer_request(&peer));
	ck_assert_ptr_null(strcasestr(peer.head, "\r\nAuthorization:"));
	ck_assert_ptr_null(strcasestr(peer.head, "\r\nExpect:"));
	ck_assert_uint_eq(peer.size, 3000000);
	http_peer_say(&peer, HTTP_OK("0"));
	http_peer_drain(&peer);
	http_peer_close(&peer);
}

/* Nothing of the environment changes what is sent. */
START_TEST(requests_arrive)
{
	char *big = calloc(1, 3000000);

	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	setenv("ALL_PROXY", "socks5h://127.0.0.1:1/", 1);
	http_fixture_begin(&server, &caller, serve_request);
	http_caller_call(call, "{\"id\":1}");
	http_call_expect(call, 200, "");
	ck_assert_int_eq(
		http_post(&caller.http, &call->request, NULL, big, 3000000, 0, HTTP_BODY_MAX), 0);
	free(big);
	ITERATE_UNTIL(&caller.ring, call->done == 2);
	http_call_expect(call, 200, "");
	http_fixture_end(&server, &caller, descriptors);
}
END_TEST

static void serve_closing(struct http_server *self)
{
	for (int i = 0; i < 2; i++) {
		struct http_peer peer;

		http_peer_accept(self, &peer);
		ck_assert(http_peer_request(&peer));
		http_peer_say(&peer, HTTP_OK("1") "k");
		http_peer_close(&peer);
		http_server_say_ended(self);
	}
}

/* The server closes a connection that is kept open: the next request goes over a new one. */
START_TEST(an_idle_connection_that_was_closed_is_replaced)
{
	http_fixture_begin(&server, &caller, serve_closing);
	http_caller_call(call, "first");
	http_call_expect(call, 200, "k");
	http_server_wait(&server);
	http_caller_call(call, "second");
	http_call_expect(call, 200, "k");
	http_fixture_end(&server, &caller, descriptors);
}
END_TEST

static void serve_retry(struct http_server *self)
{
	struct http_peer peer;

	http_peer_accept(self, &peer);
	ck_assert(http_peer_request(&peer));
	http_peer_say(&peer, HTTP_OK("1") "1");
	/* Closed when the next request is there already. */
	ck_assert(http_peer_request(&peer));
	http_peer_close(&peer);
	http_peer_accept(self, &peer);
	ck_assert(http_peer_request(&peer));
	ck_assert_str_eq(peer.body, "second");
	http_peer_say(&peer, HTTP_OK("1") "2");
	http_peer_drain(&peer);
	http_peer_close(&peer);
}

START_TEST(a_post_is_repeated_when_its_old_connection_ends)
{
	http_fixture_begin(&server, &caller, serve_retry);
	http_caller_call(call, "first");
	http_call_expect(call, 200, "1");
	http_caller_call(call, "second");
	http_call_expect(call, 200, "2");
	http_fixture_end(&server, &caller, descriptors);
}
END_TEST

/* The largest reply that is accepted, and one byte more. */
static void serve_large(struct http_server *self)
{
	static char bytes[1024 * 1024 + 1];
	static const char *const heads[] = {HTTP_OK("1048576"), HTTP_OK("1048577"),
					    "HTTP/1.1 200 OK\r\n\r\n"};

	memset(bytes, 'x', sizeof(bytes));
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		struct http_peer peer;

		http_peer_accept(self, &peer);
		ck_assert(http_peer_request(&peer));
		http_peer_say(&peer, heads[i]);
		http_peer_send(&peer, bytes, sizeof(bytes) - (i == 0));
		http_peer_close(&peer);
	}
}

START_TEST(the_size_of_a_reply_is_bounded)
{
	http_fixture_begin(&server, &caller, serve_large);
	http_caller_call(call, "{}");
	ck_assert_ptr_null(call->error);
	ck_assert_uint_eq(call->size, 1024 * 1024);
	for (size_t i = 0; i < call->size; i++)
		ck_assert_int_eq(call->body[i], 'x');
	for (int i = 0; i < 2; i++) {
		http_caller_call(call, "{}");
		ck_assert_str_eq(call->error, "the reply is larger than accepted");
	}
	ck_assert_ptr_null(call->request.body);
	http_fixture_end(&server, &caller, descriptors);
}
END_TEST

START_TEST(a_refused_connection_is_named)
{
	struct resolve_address address = net_fixture_address4("127.0.0.1", 0);
	int fd = net_fixture_refuse(&address);
	unsigned port = ntohs(((struct sockaddr_in *)&address.address)->sin_port);
	char text[128];

	http_caller_init(&caller, NULL, port, NULL);
	http_caller_call(call, "{}");
	snprintf(text, sizeof(text), "connection refused: nothing listens at 127.0.0.1:%u", port);
	ck_assert_str_eq(call->error, text);
	ck_assert(call->refused);
	http_caller_deinit(&caller);
	close(fd);
	ck_assert_uint_eq(net_fixture_descriptors(), descriptors);
}
END_TEST

static void serve_silence(struct http_server *self)
{
	struct http_peer peer;

	http_peer_accept(self, &peer);
	ck_assert(http_peer_request(&peer));
	http_peer_send(&peer, answer, strlen(answer));
	http_peer_drain(&peer);
	http_peer_close(&peer);
}

START_TEST(a_silent_server_is_waited_for_so_long)
{
	static const char *const answers[] = {"", HTTP_OK("5") "hel"};
	static const char *const reasons[] = {"no reply within 2 s",
					      "the reply was not complete within 2 s"};

	answer = answers[_i];
	http_fixture_begin(&server, &caller, serve_silence);
	http_caller_post(call, "{}", 2);
	ITERATE_UNTIL(&caller.ring, call->done);
	ck_assert_str_eq(call->error, reasons[_i]);
	http_fixture_end(&server, &caller, descriptors);
}
END_TEST

START_TEST(an_address_that_does_not_answer_is_given_up)
{
	struct blackhole hole;
	char text[HTTP_REASON_MAX + HTTP_SERVER_MAX];

	blackhole_init(&hole, "127.0.0.1");
	http_caller_init(&caller, NULL,
			 ntohs(((struct sockaddr_in *)&hole.address.address)->sin_port), NULL);
	caller.http.settings.connect_timeout = 1;
	http_caller_call(call, "{}");
	snprintf(text, sizeof(text), "no connection to %s within 1 s", caller.http.names.server);
	ck_assert_str_eq(call->error, text);
	http_caller_deinit(&caller);
	blackhole_deinit(&hole);
}
END_TEST

static void serve_early(struct http_server *self)
{
	struct http_peer peer;

	http_peer_accept(self, &peer);
	ck_assert(http_peer_head(&peer));
	http_peer_say(&peer, "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n"
			     "\r\nbig");
	http_peer_drain(&peer);
	http_peer_close(&peer);
}

START_TEST(a_reply_may_come_before_the_request_is_read)
{
	char *big = calloc(1, 16000000);

	http_fixture_begin(&server, &caller, serve_early);
	ck_assert_int_eq(http_post(&caller.http, &call->request, NULL, big, 16000000, 0, 1000), 0);
	free(big);
	ITERATE_UNTIL(&caller.ring, call->done);
	http_call_expect(call, 413, "big");
	http_fixture_end(&server, &caller, descriptors);
}
END_TEST

START_TEST(settings_that_are_refused)
{
	static const char *const urls[] = {"", "http://", "ftp://127.0.0.1/", "https://127.0.0.1/",
					   "http://127.0.0.1:99999/"};
	struct http_settings settings = {.ring = &caller.ring};

	http_fixture_load();
	for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
		settings.url = urls[i];
		ck_assert_int_eq(http_init(&caller.http, &settings, NULL), -EINVAL);
		http_deinit(&caller.http);
	}
}
END_TEST

static Suite *http_suite(void)
{
	Suite *suite = suite_create("http");
	TCase *t = tcase_create("http");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_loop_test(t, replies_arrive, 0, ARRAY_SIZE(replies));
	tcase_add_loop_test(t, what_is_no_reply_has_a_reason, 0, ARRAY_SIZE(failures));
	tcase_add_test(t, requests_arrive);
	tcase_add_test(t, an_idle_connection_that_was_closed_is_replaced);
	tcase_add_test(t, a_post_is_repeated_when_its_old_connection_ends);
	tcase_add_test(t, the_size_of_a_reply_is_bounded);
	tcase_add_test(t, a_refused_connection_is_named);
	tcase_add_loop_test(t, a_silent_server_is_waited_for_so_long, 0, 2);
	tcase_add_test(t, an_address_that_does_not_answer_is_given_up);
	tcase_add_test(t, a_reply_may_come_before_the_request_is_read);
	tcase_add_test(t, settings_that_are_refused);
	suite_add_tcase(suite, t);
	return suite;
}

int main(void)
{
	return suite_main(http_suite());
}
