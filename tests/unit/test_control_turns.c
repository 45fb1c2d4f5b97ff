/* SPDX-License-Identifier: MIT */
/* Folder control/: turns, what untrusted clients may cost, and calls that are answered later. */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "iterate_fixture.h"
#include "jump_clock.h"
#include "suite_main.h"
#include "tests/unit/control_fixture.h"

enum { NOBODY = 65534 };

static const char status_call[] = "{\"method\":\"io.minerd.Miner.Status\"}";
static const char status_reply[] = "{\"parameters\":{\"version\":\"9.9\",\"filling\":\"\"}}";
static const char later_call[] = "{\"method\":\"io.minerd.Miner.Later\"}";

static void pipeline(int fd, const char *call, unsigned n)
{
	while (n--)
		control_fixture_call(fd, call);
}

/* Iterations of the loop until n statuses are made, not more than `most` in each. */
static void iterate_until_statuses(unsigned n, unsigned most)
{
	uint64_t give_up = clock_now() + 20 * CLOCK_S;

	while (control_fixture_statuses < n && clock_now() < give_up) {
		unsigned before = control_fixture_statuses;

		ck_assert_int_eq(ring_iterate(&control_fixture_ring), 0);
		ck_assert_uint_le(control_fixture_statuses - before, most);
	}
	ck_assert_uint_ge(control_fixture_statuses, n);
}

/* The clock of a thread may have run on while its virtual machine was paused. */
START_TEST(a_step_that_seems_to_take_an_hour)
{
	const uint64_t now = clock_now(), rate = 3 * 1000 * 1000;
	struct control_budget budget;

	control_budget_init(&budget, rate, rate, now);
	control_budget_spend(&budget, control_budget_begin() - 3600 * CLOCK_S, 0);
	ck_assert_uint_gt(control_budget_wait(&budget, now), 0);
	ck_assert_uint_le(control_budget_wait(&budget, now), 1500 * CLOCK_S);
	ck_assert_uint_eq(control_budget_wait(&budget, now + 1500 * CLOCK_S), 0);
}
END_TEST

START_TEST(one_call_of_a_client_an_iteration)
{
	CLEANUP(cleanup_close) int a = -1, b = -1;

	control_fixture_listen();
	a = control_fixture_open();
	b = control_fixture_open();
	pipeline(a, status_call, 50);
	pipeline(b, status_call, 50);
	iterate_until_statuses(100, 2);
	for (int i = 0; i < 50; i++) {
		ck_assert_str_eq(control_fixture_reply(a), status_reply);
		ck_assert_str_eq(control_fixture_reply(b), status_reply);
	}
}
END_TEST

START_TEST(clients_take_turns)
{
	CLEANUP(cleanup_close) int a = -1, b = -1;

	control_fixture_listen();
	a = control_fixture_open();
	pipeline(a, status_call, 200);
	iterate_until_statuses(20, 1);
	/* Whoever comes later does not wait for all of it. */
	b = control_fixture_open();
	control_fixture_call(b, "{\"method\":\"io.minerd.Miner.Pause\"}");
	ck_assert_str_eq(control_fixture_reply(b), "{\"parameters\":{}}");
	ck_assert_uint_lt(control_fixture_statuses, 200);
}
END_TEST

/* Nothing to spend, and no more for a long time. */
static void spend_all(struct token_bucket *budget)
{
	budget->rate = 1;
	budget->tokens = -(int64_t)(CLOCK_S * CLOCK_S);
}

START_TEST(untrusted_calls_have_a_budget)
{
	CLEANUP(cleanup_close) int other = -1, owner = -1;

	if (geteuid() != 0)
		return;
	control_fixture_listen();
	other = control_fixture_open_as(NOBODY);
	ck_assert_str_eq(control_fixture_reply_within(other, 20), "nothing");
	spend_all(&control_fixture.turns.budget.ns);
	pipeline(other, status_call, 5);
	ck_assert_str_eq(control_fixture_reply_within(other, 50), "nothing");
	ck_assert_uint_eq(control_fixture_statuses, 0);
	/* Who may change the daemon has none, and does not wait for theirs. */
	owner = control_fixture_open();
	pipeline(owner, status_call, 3);
	for (int i = 0; i < 3; i++)
		ck_assert_str_eq(control_fixture_reply(owner), status_reply);
	ck_assert_uint_eq(control_fixture_statuses, 3);
	/* The calls of untrusted clients wait; none is lost. */
	token_bucket_init(&control_fixture.turns.budget.ns, CLOCK_S, CLOCK_S, clock_now());
	ring_timer_in(&control_fixture_ring, &control_fixture.turns.timer, 0);
	for (int i = 0; i < 5; i++)
		ck_assert_str_eq(control_fixture_reply(other), status_reply);
	ck_assert_uint_lt((uint64_t)control_fixture.turns.budget.ns.tokens, CLOCK_S * CLOCK_S);
}
END_TEST

/* Untrusted ones wait for it, and the owner does not. */
START_TEST(connections_have_a_budget)
{
	enum { LINE = 12 };
	CLEANUP(cleanup_close) int owner = -1, served = -1, gone = -1;
	int line[LINE];

	if (geteuid() != 0)
		return;
	control_fixture_listen();
	spend_all(&control_fixture.accept.serve_budget.ns);
	control_fixture.accept.serve_budget.ns.tokens = 1;
	served = control_fixture_open_as(NOBODY);
	control_fixture_call(served, status_call);
	ck_assert_str_eq(control_fixture_reply(served), status_reply);
	gone = control_fixture_open_as(NOBODY);
	close(take_fd(&gone));
	for (int i = 0; i < LINE; i++) {
		line[i] = control_fixture_open_as(NOBODY);
		control_fixture_call(line[i], status_call);
	}
	owner = control_fixture_open();
	control_fixture_call(owner, status_call);
	ck_assert_str_eq(control_fixture_reply(owner), status_reply);
	ck_assert_str_eq(control_fixture_reply_within(line[0], 50), "nothing");
	ck_assert_uint_eq(control_fixture.accept.n_waiting, 1 + LINE);
	token_bucket_init(&control_fixture.accept.serve_budget.ns, CLOCK_S, CLOCK_S, clock_now());
	ring_timer_in(&control_fixture_ring, &control_fixture.accept.timer, 0);
	for (int i = 0; i < LINE; i++)
		if (i < CONTROL_UNTRUSTED_UID_MAX - 1)
			ck_assert_str_eq(control_fixture_reply(line[i]), status_reply);
		else
			ck_assert_ptr_nonnull(strstr(control_fixture_reply(line[i]),
						     "too many clients of this user"));
	ck_assert_uint_eq(control_fixture.accept.n_waiting, 0);
	for (int i = 0; i < LINE; i++)
		close(line[i]);
}
END_TEST

/* When all places to wait are taken the others are refused, so that root is not behind them. */
START_TEST(connections_that_wait_are_bounded)
{
	enum { LINE = CONTROL_WAITING_MAX + 20 };
	CLEANUP(cleanup_close) int owner = -1;
	int line[LINE];

	if (geteuid() != 0)
		return;
	control_fixture_listen();
	spend_all(&control_fixture.accept.serve_budget.ns);
	spend_all(&control_fixture.accept.refuse_budget.ns);
	for (int i = 0; i < LINE; i++) {
		line[i] = control_fixture_open_as(NOBODY);
		control_fixture_iterate(-1, 1);
		ck_assert_uint_le(control_fixture.accept.n_waiting, CONTROL_WAITING_MAX);
	}
	owner = control_fixture_open();
	control_fixture_call(owner, status_call);
	ck_assert_str_eq(control_fixture_reply_within(owner, 50), "nothing");
	ck_assert_uint_eq(control_fixture.accept.n_waiting, CONTROL_WAITING_MAX);
	/* There is nothing to serve the others with; but to refuse those before the owner. */
	token_bucket_init(&control_fixture.accept.refuse_budget.ns, CLOCK_S, CLOCK_S, clock_now());
	ring_timer_in(&control_fixture_ring, &control_fixture.accept.timer, 0);
	ck_assert_str_eq(control_fixture_reply(owner), status_reply);
	ck_assert_uint_eq(control_fixture.accept.n_waiting, CONTROL_WAITING_MAX);
	ck_assert_ptr_nonnull(
		strstr(control_fixture_reply(line[LINE - 1]), "too many waiting clients"));
	control_stop(&control_fixture);
	ck_assert_uint_eq(control_fixture.accept.n_waiting, 0);
	for (int i = 0; i < LINE; i++)
		close(line[i]);
}
END_TEST

START_TEST(a_call_that_is_answered_later)
{
	CLEANUP(cleanup_close) int fd = -1, other = -1;

	control_fixture_listen();
	fd = control_fixture_open();
	control_fixture_call(fd, later_call);
	pipeline(fd, "{\"method\":\"io.minerd.Miner.Pause\"}", 2);
	ck_assert_str_eq(control_fixture_reply_within(fd, 30), "nothing");
	ck_assert_str_eq(control_fixture_done, "later ");
	/* Only its own client waits for it. */
	other = control_fixture_open();
	control_fixture_call(other, status_call);
	ck_assert_str_eq(control_fixture_reply(other), status_reply);
	control_finish(&control_fixture, control_fixture_ticket, CONTROL_REFUSED, "not \"now\"");
	control_finish(&control_fixture, control_fixture_ticket, CONTROL_OK, NULL);
	ck_assert_str_eq(control_fixture_reply(fd),
			 "{\"parameters\":{\"reason\":\"not \\\"now\\\"\"},"
			 "\"error\":\"io.minerd.Miner.Refused\"}");
	for (int i = 0; i < 2; i++)
		ck_assert_str_eq(control_fixture_reply(fd), "{\"parameters\":{}}");
	ck_assert_str_eq(control_fixture_done, "later pause pause ");

	/* Nobody wants a reply; and one that is there before the method has ended. */
	control_fixture_call(fd, "{\"method\":\"io.minerd.Miner.Later\",\"oneway\":true}");
	control_fixture_call(fd, "{\"method\":\"io.minerd.Miner.AtOnce\"}");
	ITERATE_UNTIL(&control_fixture_ring,
		      strcmp(control_fixture_done, "later pause pause later ") == 0);
	control_finish(&control_fixture, control_fixture_ticket, CONTROL_OK, NULL);
	ck_assert_str_eq(control_fixture_reply(fd), "{\"parameters\":{}}");
	ck_assert_str_eq(control_fixture_reply_within(fd, 20), "nothing");
}
END_TEST

START_TEST(replies_meanwhile)
{
	static const char progress[] = "{\"n\":1}", last[] = "{\"n\":2}";
	CLEANUP(cleanup_close) int fd = -1;

	control_fixture_listen();
	fd = control_fixture_open();
	control_fixture_call(fd, later_call);
	ITERATE_UNTIL(&control_fixture_ring, strcmp(control_fixture_done, "later ") == 0);
	ck_assert(control_waits(&control_fixture, control_fixture_ticket));
	for (int i = 0; i < 2; i++) {
		control_reply(&control_fixture, control_fixture_ticket, progress, strlen(progress),
			      true);
		ck_assert_str_eq(control_fixture_reply(fd),
				 "{\"parameters\":{\"n\":1},\"continues\":true}");
	}
	control_reply(&control_fixture, control_fixture_ticket, last, strlen(last), false);
	ck_assert_str_eq(control_fixture_reply(fd), "{\"parameters\":{\"n\":2}}");
	ck_assert(!control_waits(&control_fixture, control_fixture_ticket));
	control_reply(&control_fixture, control_fixture_ticket, last, strlen(last), false);
	ck_assert_str_eq(control_fixture_reply_within(fd, 20), "nothing");
	/* The connection serves the next call; no reply can be made to it. */
	control_fixture_call(fd, later_call);
	ITERATE_UNTIL(&control_fixture_ring, strcmp(control_fixture_done, "later later ") == 0);
	control_reply(&control_fixture, control_fixture_ticket, NULL, 0, false);
	ck_assert_str_eq(control_fixture_reply(fd), "");
	ck_assert(!control_waits(&control_fixture, control_fixture_ticket));
}
END_TEST

START_TEST(a_pending_client_that_leaves)
{
	CLEANUP(cleanup_close) int fd = -1;
	struct control_ticket ticket;

	control_fixture_listen();
	fd = control_fixture_open();
	control_fixture_call(fd, later_call);
	ITERATE_UNTIL(&control_fixture_ring, strcmp(control_fixture_done, "later ") == 0);
	ticket = control_fixture_ticket;
	/* It may wait for long. */
	jump_clock((CONTROL_IDLE_S + 1) * CLOCK_S);
	control_fixture_iterate(-1, CONTROL_MONITOR_MS + 200);
	ck_assert(control_fixture.clients.clients[0].used);
	close(take_fd(&fd));
	ITERATE_UNTIL(&control_fixture_ring, !control_fixture.clients.clients[0].used);
	control_finish(&control_fixture, ticket, CONTROL_OK, NULL);
	/* Its place has another one, who waits for a reply of his own. */
	fd = control_fixture_open();
	control_fixture_call(fd, later_call);
	ITERATE_UNTIL(&control_fixture_ring, control_fixture.clients.clients[0].pending);
	control_finish(&control_fixture, ticket, CONTROL_REFUSED, "not yours");
	ck_assert_str_eq(control_fixture_reply_within(fd, 20), "nothing");
	control_finish(&control_fixture, control_fixture_ticket, CONTROL_OK, NULL);
	ck_assert_str_eq(control_fixture_reply(fd), "{\"parameters\":{}}");
}
END_TEST

START_TEST(no_memory_ends_one_client)
{
	CLEANUP(cleanup_close) int fd = -1, other = -1;

	control_fixture_listen();
	other = control_fixture_open();
	fd = control_fixture_open();
	control_fixture_no_memory = true;
	control_fixture_call(fd, status_call);
	ck_assert_str_eq(control_fixture_reply(fd), "");
	ck_assert_ptr_nonnull(strstr(control_fixture_logged, "out of memory for its call"));
	control_fixture_no_memory = false;
	control_fixture_call(other, status_call);
	ck_assert_str_eq(control_fixture_reply(other), status_reply);
}
END_TEST

START_TEST(no_socket_is_left_behind)
{
	struct stat st;

	control_fixture_listen();
	ck_assert_int_eq(stat(control_fixture_path, &st), 0);
	/* As where the start fails later on. */
	ring_deinit(&control_fixture_ring);
	control_deinit(&control_fixture);
	ck_assert_int_lt(stat(control_fixture_path, &st), 0);
	ck_assert_int_eq(ring_init(&control_fixture_ring), 0);
	control_init(&control_fixture, &control_fixture_ring);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("control_turns");
	TCase *tests = tcase_create("control_turns");

	tcase_set_timeout(tests, 30);
	tcase_add_checked_fixture(tests, control_fixture_setup, control_fixture_teardown);
	tcase_add_test(tests, a_step_that_seems_to_take_an_hour);
	tcase_add_test(tests, one_call_of_a_client_an_iteration);
	tcase_add_test(tests, clients_take_turns);
	tcase_add_test(tests, untrusted_calls_have_a_budget);
	tcase_add_test(tests, connections_have_a_budget);
	tcase_add_test(tests, connections_that_wait_are_bounded);
	tcase_add_test(tests, a_call_that_is_answered_later);
	tcase_add_test(tests, replies_meanwhile);
	tcase_add_test(tests, a_pending_client_that_leaves);
	tcase_add_test(tests, no_memory_ends_one_client);
	tcase_add_test(tests, no_socket_is_left_behind);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
