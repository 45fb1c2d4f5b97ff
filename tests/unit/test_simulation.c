/* SPDX-License-Identifier: MIT */
/*
 * The real pools, sessions and streams live an hour in a simulated world (fake_ring.h): servers go
 * down and come back, connections break, shares are found. The same seed gives the same hour.
 */
#include <check.h>
#include <errno.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/random.h"
#include "fake_ring.h"
#include "share_stats_fixture.h"
#include "simulation_fixture.h"
#include "suite_main.h"
#include "upstream/stratum/optional_requests.h"

enum {
	HOUR_S = 3600,
	JOB_S = 30,	   /* between two jobs of a server */
	SHARE_MAX_S = 5,   /* between two shares, at most */
	BREAK_MAX_S = 300, /* between two breaks of a connection, at most */
	SILENT_MAX_S = 30, /* that a pool may keep the next one off without a job */
	DOWN_S = 600, /* the best server goes down after this, and comes back after twice this */
};

static struct choice_fixture fixture;

static struct hour {
	struct ring_timer job, share, cut, down;
	uint32_t nonce;
} hour;

static uint64_t random_ns(uint64_t max_s)
{
	return random_u64() % (max_s * CLOCK_S);
}

static bool connected(const struct server *server)
{
	return server->stream.state == STREAM_OPEN && server->users;
}

static void on_job(struct ring_timer *timer)
{
	for (size_t i = 0; i < CHOICE_FIXTURE_SERVERS; i++)
		if (connected(&fixture.servers[i]))
			server_job(&fixture.servers[i], "next", false);
	ring_timer_in(&fixture.ring, timer, JOB_S * CLOCK_S);
}

static void on_share(struct ring_timer *timer)
{
	struct job *job = fixture.work;
	struct share share = {.nonce = ++hour.nonce};

	ring_timer_in(&fixture.ring, timer, random_ns(SHARE_MAX_S));
	if (!job)
		return;
	share.job = job_ref(job);
	share.ntime = job->ntime;
	share.version = job->version;
	/* Meets difficulty 1, but not the network target of the server's nbits. */
	share.hash.word[0] = share.nonce;
	share.hash.word[6] = 0xfffe0000;
	pools_share(fixture.pools, &share);
	job_unref(job);
}

static void on_cut(struct ring_timer *timer)
{
	struct server *server = &fixture.servers[random_u64() % CHOICE_FIXTURE_SERVERS];

	stream_close(&server->stream);
	ring_timer_in(&fixture.ring, timer, random_ns(BREAK_MAX_S));
}

static void on_down(struct ring_timer *timer)
{
	if (fixture.servers[0].listener < 0) {
		server_return(&fixture.servers[0]);
		return;
	}
	server_refuse(&fixture.servers[0]);
	ring_timer_in(&fixture.ring, timer, DOWN_S * CLOCK_S);
}

static void begin(uint64_t seed)
{
	simulation_fixture_begin(&fixture, seed);
	hour = (struct hour){
		.job.fn = on_job, .share.fn = on_share, .cut.fn = on_cut, .down.fn = on_down};
	ring_timer_in(&fixture.ring, &hour.job, JOB_S * CLOCK_S);
	ring_timer_in(&fixture.ring, &hour.share, random_ns(SHARE_MAX_S));
	ring_timer_in(&fixture.ring, &hour.cut, random_ns(BREAK_MAX_S));
	ring_timer_in(&fixture.ring, &hour.down, DOWN_S * CLOCK_S);
}

static void end(void)
{
	struct ring_timer *timers[] = {&hour.job, &hour.share, &hour.cut, &hour.down};

	for (size_t i = 0; i < ARRAY_SIZE(timers); i++)
		ring_timer_stop(&fixture.ring, timers[i]);
	simulation_fixture_end(&fixture);
}

/* An hour of this seed. Returns what is the same each time. */
static uint64_t live(uint64_t seed)
{
	uint64_t begun, worked = 0;

	begin(seed);
	begun = clock_now();
	while (clock_now() - begun < HOUR_S * CLOCK_S) {
		uint64_t before = clock_now();

		(void)ring_iterate(&fixture.ring);
		share_stats_fixture_check(fixture.pools);
		worked += fixture.work ? clock_now() - before : 0;
	}
	/* Some pool can be mined on nearly all of the time, and most shares are accepted. */
	ck_assert_uint_gt(worked, HOUR_S * CLOCK_S * 95 / 100);
	ck_assert_uint_gt(fixture.pools->stats.found, HOUR_S / SHARE_MAX_S);
	ck_assert_uint_gt(fixture.pools->stats.accepted, fixture.pools->stats.found * 9 / 10);
	ck_assert_uint_gt(fixture.servers[0].connects, 1);
	ck_assert_uint_gt(fixture.servers[1].submits, 0);
	ck_assert_uint_gt(fixture.servers[0].submits, fixture.servers[1].submits);
	end();
	return fake_ring_trace();
}

START_TEST(an_hour_is_the_same_from_the_same_seed)
{
	uint64_t trace = live(1);

	ck_assert_uint_eq(live(1), trace);
	ck_assert_uint_ne(live(2), trace);
}
END_TEST

START_TEST(hours)
{
	live(100 + (uint64_t)_i);
}
END_TEST

/* It takes the login, and sends no job. */
START_TEST(a_silent_pool_keeps_no_other_off)
{
	uint64_t begun;

	simulation_fixture_begin_with(&fixture, 1, 0);
	fixture.servers[0].no_job = true;
	fixture.pools->limits.job_timeout = HOUR_S;
	begun = clock_now();
	while (!fixture.work && clock_now() - begun < SILENT_MAX_S * CLOCK_S)
		(void)ring_iterate(&fixture.ring);
	ck_assert_str_eq(choice_fixture_active(&fixture), "pool1");
	ck_assert(connected(&fixture.servers[0]));
	simulation_fixture_end(&fixture);
}
END_TEST

/* What the receives of logins end with, and how many of them still do. */
static int receive_error;
static unsigned receive_errors;

static int fail_receive(enum fake_op_kind kind)
{
	if (kind != FAKE_RECV || !receive_errors)
		return 0;
	receive_errors--;
	return receive_error;
}

/* What the network or this machine does is no answer to mining.configure; a reset may be one. */
START_TEST(ended_by_whom)
{
	static const int errors[] = {-ETIMEDOUT, -ENOBUFS, -EHOSTUNREACH, -ECONNRESET};

	simulation_fixture_begin(&fixture, 1);
	receive_error = errors[_i];
	receive_errors = CHOICE_FIXTURE_SERVERS * OPTIONAL_REQUESTS_LOSSES;
	fake_ring_hook(&(const struct fake_ring_hooks){.fault = fail_receive});
	while (!fixture.work)
		(void)ring_iterate(&fixture.ring);
	fake_ring_hook(NULL);
	ck_assert_uint_eq(receive_errors, 0);
	ck_assert((fixture.work->version_mask != 0) == (receive_error != -ECONNRESET));
	simulation_fixture_end(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("simulation");
	TCase *tests = tcase_create("simulation");

	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, an_hour_is_the_same_from_the_same_seed);
	tcase_add_loop_test(tests, hours, 0, 10);
	tcase_add_test(tests, a_silent_pool_keeps_no_other_off);
	tcase_add_loop_test(tests, ended_by_whom, 0, 4);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
