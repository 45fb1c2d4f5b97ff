/* SPDX-License-Identifier: MIT */
/* The server of HTTP that tests have in the place of the network, in simulated time. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "fake_http.h"
#include "fake_ring.h"
#include "suite_main.h"

static struct ring ring;
static struct http http;
static unsigned closed, served, done;
static struct fake_http_answer next; /* its body is copied for each answer */
static struct http_reply last;
static char last_error[HTTP_REASON_MAX], last_body[64];
static uint64_t done_at, last_number;

static void serve(void *context, const struct fake_http_post *post, struct fake_http_answer *ret)
{
	ck_assert_str_eq(post->url, "http://node.test/");
	ck_assert_str_eq(post->credentials, "a:b");
	ck_assert_str_eq(post->body, "{}");
	ck_assert_uint_eq(post->size, 2);
	ck_assert_uint_gt(post->number, last_number);
	last_number = post->number;
	*ret = next;
	if (next.body)
		ret->body = strdup(next.body);
	served++;
}

static void on_done(struct http_request *request, struct http_reply *reply)
{
	ck_assert(!http_busy(request));
	last = *reply;
	snprintf(last_error, sizeof(last_error), "%s", reply->error ? reply->error : "");
	snprintf(last_body, sizeof(last_body), "%s", reply->body ? reply->body : "");
	done_at = clock_now();
	done++;
}

static struct http_request requests[2] = {{.done = on_done}, {.done = on_done}};

static void on_closed(struct http *ended)
{
	closed++;
}

static void setup(void)
{
	fake_ring_begin(1);
	ck_assert_int_eq(ring_init(&ring), 0);
	closed = served = done = 0;
	next = (struct fake_http_answer){};
	fake_http_serve(serve, NULL);
	ck_assert_int_eq(
		http_init(&http, &(struct http_settings){.ring = &ring, .url = "http://node.test/"},
			  on_closed),
		0);
}

static void teardown(void)
{
	http_close(&http);
	ck_assert_uint_eq(closed, 0);
	ring_run_tasks(&ring);
	ck_assert_uint_eq(closed, 1);
	ck_assert_uint_eq(fake_http_busy(), 0);
	http_deinit(&http);
	http_deinit(&http);
	ring_deinit(&ring);
}

static void post(struct http_request *request, unsigned timeout_s)
{
	ck_assert_int_eq(http_post(&http, request, "a:b", "{}", 2, timeout_s, 10), 0);
	ck_assert(http_busy(request));
}

START_TEST(answers_come_when_they_are_due)
{
	uint64_t begun = clock_now();
	static char body[] = "one";

	next = (struct fake_http_answer){
		.delay = 5 * CLOCK_S, .status = 200, .body = body, .size = 3};
	post(&requests[0], 10);
	next = (struct fake_http_answer){.delay = 2 * CLOCK_S, .error = "why", .refused = true};
	post(&requests[1], 10);
	ck_assert_uint_eq(done, 0);
	while (done < 1)
		ck_assert_int_eq(ring_iterate(&ring), 0);
	ck_assert_str_eq(last_error, "why");
	ck_assert(last.refused && !last.body);
	ck_assert_uint_eq(done_at, begun + 2 * CLOCK_S);
	while (done < 2)
		ck_assert_int_eq(ring_iterate(&ring), 0);
	ck_assert_str_eq(last_body, "one");
	ck_assert_uint_eq(last.status, 200);
	ck_assert_uint_eq(last.received_ns, begun + 5 * CLOCK_S);
}
END_TEST

START_TEST(limits_hold)
{
	uint64_t begun = clock_now();
	static char body[] = "eleven byte";

	next.delay = FAKE_HTTP_NEVER;
	post(&requests[0], 7);
	while (done < 1)
		ck_assert_int_eq(ring_iterate(&ring), 0);
	ck_assert_str_eq(last_error, "no reply within 7 s");
	ck_assert_uint_eq(done_at, begun + 7 * CLOCK_S);
	next = (struct fake_http_answer){.status = 200, .body = body, .size = 11};
	post(&requests[0], 7);
	while (done < 2)
		ck_assert_int_eq(ring_iterate(&ring), 0);
	ck_assert_str_eq(last_error, "the reply is larger than accepted");
}
END_TEST

START_TEST(answers_may_follow)
{
	struct fake_http_answer later = {.status = 200, .delay = CLOCK_MS};

	next.delay = FAKE_HTTP_NEVER;
	post(&requests[0], 0);
	ck_assert(fake_http_is_busy(last_number));
	later.body = strdup("late");
	later.size = 4;
	ck_assert(fake_http_answer(last_number, &later));
	while (!done)
		ring_iterate(&ring);
	ck_assert_str_eq(last_body, "late");
	ck_assert(!fake_http_is_busy(last_number));
	later.body = strdup("too late");
	ck_assert(!fake_http_answer(last_number, &later));
}
END_TEST

START_TEST(memory_may_be_missing)
{
	fake_http_fail(true);
	ck_assert_int_eq(http_post(&http, &requests[0], "a:b", "{}", 2, 0, 10), -ENOMEM);
	fake_http_fail(false);
	ck_assert(!http_busy(&requests[0]));
}
END_TEST

START_TEST(what_is_cancelled_or_closed_is_not_called)
{
	next.delay = FAKE_HTTP_NEVER;
	post(&requests[0], 0);
	post(&requests[1], 3);
	ck_assert_uint_eq(fake_http_busy(), 2);
	http_cancel(&requests[1]);
	http_cancel(&requests[1]);
	ck_assert_uint_eq(fake_http_busy(), 1);
	teardown();
	ck_assert_uint_eq(done, 0);
	ck_assert(!http_busy(&requests[0]));
	http_request_deinit(&requests[0]);
	setup();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fake_http");
	TCase *t = tcase_create("fake_http");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, answers_come_when_they_are_due);
	tcase_add_test(t, limits_hold);
	tcase_add_test(t, answers_may_follow);
	tcase_add_test(t, memory_may_be_missing);
	tcase_add_test(t, what_is_cancelled_or_closed_is_not_called);
	suite_add_tcase(suite, t);
	return suite_main(suite);
}
