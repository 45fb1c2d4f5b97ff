/* SPDX-License-Identifier: MIT */
/*
 * The real pools and sessions in a simulated world (fake_ring.h) where everything that servers and
 * users can do happens at random, at once and over and over: no assertion fails, and no share is
 * lost from the counts.
 */
#include <check.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/random.h"
#include "share_stats_fixture.h"
#include "simulation_fixture.h"
#include "suite_main.h"

enum {
	CHAOS_HOURS = 8,
	CHAOS_HOUR_S = 3600,
	CHAOS_JOBS = 8,	   /* that the workers had last, and find shares of */
	CHAOS_MANY = 1200, /* shares at once, at most: more than are kept */
	CHAOS_CALM_S = 80, /* between two events now and then, at most .. */
	CHAOS_HASTE_S = 2, /* .. and most often */
};

static struct choice_fixture fixture;

static struct chaos {
	struct ring_timer timer;
	struct job *jobs[CHAOS_JOBS];
	unsigned next, nonce;
} chaos;

static unsigned random_below(unsigned n)
{
	return (unsigned)(random_u64() % n);
}

static struct server *any_server(void)
{
	return &fixture.servers[random_below(CHOICE_FIXTURE_SERVERS)];
}

static void say(struct server *server, const char *line)
{
	if (server->stream.state == STREAM_OPEN)
		server_say(server, line);
}

static void do_job(void)
{
	static const char *const ids[] = {"a", "b", "c"};
	struct server *server = any_server();

	server->block += random_below(4) == 0;
	if (server->stream.state == STREAM_OPEN)
		server_job(server, ids[random_below(ARRAY_SIZE(ids))], random_below(2));
}

/* Of a job of now or before, most often as easy as the job; one of eight may be a block. */
static void do_share(void)
{
	struct job *job = chaos.jobs[random_below(CHAOS_JOBS)];
	struct share share = {.nonce = ++chaos.nonce, .job = job};

	if (!job)
		return;
	share.ntime = job->ntime;
	share.version = job->version;
	share.hash.word[0] = random_below(16) ? share.nonce : 1;
	if (random_below(8))
		share.hash.word[6] = random_below(2) ? 0xfffe0000 : 0x10000;
	pools_share(fixture.pools, &share);
}

static void do_shares(void)
{
	for (unsigned n = random_below(random_below(20) ? 8 : CHAOS_MANY); n; n--)
		do_share();
}

static void do_cut(void)
{
	stream_close(&any_server()->stream);
}

static void do_down(void)
{
	struct server *server = any_server();

	if (server->listener < 0)
		server_return(server);
	else
		server_refuse(server);
}

static void do_redirect(void)
{
	struct server *server = any_server();

	if (server->stream.state == STREAM_OPEN)
		server_redirect(server, random_below(2) ? any_server()->port : 0);
}

static void do_behaviour(void)
{
	static const char *const errors[] = {
		NULL,
		"[21,\"stale\",null]",
		"[22,\"duplicate\",null]",
		"[23,\"low difficulty share\",null]",
		"[24,\"unauthorized\",null]",
	};
	static const char *const masks[] = {NULL, "00006000", "00000000"};
	struct server *server = any_server();

	server->error = errors[random_below(ARRAY_SIZE(errors))];
	server->mask = masks[random_below(ARRAY_SIZE(masks))];
	server->session = random_below(4) ? "5e55" : NULL;
	server->reject = random_below(4) == 0;
	server->silent_submits = random_below(3) == 0;
	server->forgetful = random_below(4) == 0;
	server->no_job = random_below(8) == 0;
	server->late_configure = random_below(4) == 0;
	server->silent_configure = random_below(8) == 0;
	server->close_on_extranonce = random_below(16) == 0;
	server->close_on_suggest = random_below(16) == 0;
	server->close_on_resume = server->session && random_below(16) == 0;
	server->authorize = random_below(16) ? NULL : "\"result\":false,\"error\":null";
}

static void do_line(void)
{
	static const char *const lines[] = {
		"{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[1]}\n",
		"{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[1000]}\n",
		"{\"id\":null,\"method\":\"mining.set_version_mask\",\"params\":[\"00ff0000\"]}\n",
		"{\"id\":null,\"method\":\"mining.set_version_mask\",\"params\":[7]}\n",
		"{\"id\":null,\"method\":\"mining.set_extranonce\",\"params\":[\"abcd\",4]}\n",
		"{\"id\":null,\"method\":\"mining.set_extranonce\",\"params\":[\"abcdef\",2]}\n",
		"{\"id\":null,\"method\":\"mining.set_extranonce\",\"params\":[]}\n",
		"{\"id\":7,\"method\":\"mining.ping\",\"params\":[]}\n",
		"{\"id\":3,\"result\":true,\"error\":null}\n",
		"{\"id\":2,\"result\":null,\"error\":[20,\"no\",null]}\n",
		"nonsense\n",
	};

	say(any_server(), lines[random_below(ARRAY_SIZE(lines))]);
}

static void do_grant(void)
{
	struct server *server = any_server();

	if (server->stream.state == STREAM_OPEN && server->configure_id)
		server_grant(server);
}

static void change_pool(struct conf_pool *pool)
{
	pool->session_resume = random_below(4) != 0;
	pool->version_rolling = random_below(8) != 0;
	pool->extranonce_subscribe = random_below(4) != 0;
	pool->suggest_difficulty = random_below(3) * 8;
	pool->share_interval = random_below(3);
	if (random_below(6) == 0)
		pool->password[0] = (char)('a' + random_below(3));
	if (random_below(6) == 0)
		pool->name[0] = (char)('a' + random_below(3));
	if (random_below(6))
		return;
	pool->payout.address = strdup("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa");
	pool->payout.enforce = random_below(2);
}

static void do_reload(void)
{
	unsigned n = 1 + random_below(CHOICE_FIXTURE_SERVERS);

	choice_fixture_configure_with(&fixture, n, random_below(3), change_pool);
}

static void do_switch(void)
{
	static const char *const names[] = {"pool0", "pool1", "pool2", "aool1", "nobody"};

	pools_switch(fixture.pools, names[random_below(ARRAY_SIZE(names))]);
}

static void do_rate(void)
{
	pools_set_rate(fixture.pools, random_below(1000) * 1e9);
}

static void do_used_up(void)
{
	pools_job_used_up(fixture.pools);
}

static void remember_job(void)
{
	if (!fixture.work)
		return;
	job_unref(chaos.jobs[chaos.next % CHAOS_JOBS]);
	chaos.jobs[chaos.next++ % CHAOS_JOBS] = job_ref(fixture.work);
}

static void on_chaos(struct ring_timer *timer)
{
	static const struct {
		unsigned weight;
		void (*fn)(void);
	} events[] = {
		{40, do_shares},  {20, do_job},	     {4, do_cut},   {2, do_down},
		{2, do_redirect}, {6, do_behaviour}, {10, do_line}, {2, do_grant},
		{3, do_reload},	  {2, do_switch},    {4, do_rate},  {1, do_used_up},
	};
	unsigned sum = 0, chosen, i = 0;

	for (unsigned k = 0; k < ARRAY_SIZE(events); k++)
		sum += events[k].weight;
	for (chosen = random_below(sum); chosen >= events[i].weight; i++)
		chosen -= events[i].weight;
	remember_job();
	events[i].fn();
	ring_timer_in(&fixture.ring, timer,
		      random_u64() % ((random_below(30) ? CHAOS_HASTE_S : CHAOS_CALM_S) * CLOCK_S));
}

static void begin(uint64_t seed)
{
	simulation_fixture_begin(&fixture, seed);
	for (size_t i = 0; i < CHOICE_FIXTURE_SERVERS; i++)
		fixture.servers[i].any_user = true;
	chaos = (struct chaos){.timer.fn = on_chaos};
	ring_timer_in(&fixture.ring, &chaos.timer, CLOCK_S);
}

static void end(void)
{
	ring_timer_stop(&fixture.ring, &chaos.timer);
	for (size_t i = 0; i < CHAOS_JOBS; i++)
		job_unref(TAKE(chaos.jobs[i]));
	simulation_fixture_end(&fixture);
}

START_TEST(everything_happens)
{
	uint64_t begun;

	begin(1000 + (uint64_t)_i);
	begun = clock_now();
	while (clock_now() - begun < CHAOS_HOUR_S * CLOCK_S) {
		(void)ring_iterate(&fixture.ring);
		share_stats_fixture_check(fixture.pools);
	}
	ck_assert_uint_gt(fixture.pools->stats.accepted, 0);
	end();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("chaos");
	TCase *tests = tcase_create("chaos");

	tcase_set_timeout(tests, 30);
	tcase_add_loop_test(tests, everything_happens, 0, CHAOS_HOURS);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
