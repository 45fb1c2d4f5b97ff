/* SPDX-License-Identifier: MIT */
#include "login_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "iterate_fixture.h"
#include "pools_fixture.h"
#include "share_stats_fixture.h"
#include "upstream/upstream_stratum.h"

static struct login_fixture *current; /* for what knows no owner */

static void on_work(struct pools *pools, struct job *job)
{
	current->work = job;
}

static void on_room(struct pools *pools)
{
}

static const struct pools_handler handler = {.work = on_work, .room = on_room};

static void on_log(enum log_level level, const char *text, const struct log_field *fields)
{
	if (level >= LOG_LEVEL_DEBUG)
		return;
	current->n_lines++;
	for (; fields && fields->name; fields++)
		if (current->watch && strcmp(fields->name, "MESSAGE_ID") == 0 &&
		    strcmp(fields->value, current->watch) == 0)
			snprintf(current->watched, sizeof(current->watched), "%s", text);
}

static void suggest(struct conf_pool *pool)
{
	pool->suggest_difficulty = current->suggest_difficulty;
}

void login_fixture_init(struct login_fixture *fixture)
{
	login_fixture_init_suggesting(fixture, 0);
}

void login_fixture_init_suggesting(struct login_fixture *fixture, double difficulty)
{
	*fixture = (struct login_fixture){.suggest_difficulty = difficulty};
	current = fixture;
	log_set_sink(on_log);
	ck_assert_int_eq(ring_init(&fixture->ring), 0);
	ck_assert_int_eq(resolver_init(&fixture->resolver, &fixture->ring), 0);
	fixture->pools = calloc(1, sizeof(*fixture->pools));
	pools_init(fixture->pools, &fixture->ring, &fixture->resolver, &handler);
	server_start(&fixture->server, &fixture->ring, 0);
	fixture->server.session = "first-id";
	pools_fixture_configure(fixture->pools, &fixture->server, 1, 0, suggest);
}

void login_fixture_deinit(struct login_fixture *fixture)
{
	job_unref(TAKE(fixture->before));
	pools_fixture_close(&fixture->ring, fixture->pools, &fixture->resolver, &fixture->server,
			    1);
}

struct pool *login_fixture_pool(const struct login_fixture *fixture)
{
	return fixture->pools->order[0];
}

struct session *login_fixture_session(const struct login_fixture *fixture)
{
	struct upstream_stratum *stratum = login_fixture_pool(fixture)->upstream.self;

	return &stratum->session;
}

struct share login_fixture_share(struct job *job, uint32_t nonce)
{
	struct share share = {
		.job = job, .ntime = job->ntime, .nonce = nonce, .version = job->version};

	share.hash.word[0] = nonce;
	share.hash.word[6] = 0xfffe0000;
	return share;
}

void login_fixture_give(struct login_fixture *fixture, struct job *job, uint32_t nonce)
{
	struct share share = login_fixture_share(job, nonce);

	pools_share(fixture->pools, &share);
}

void login_fixture_give_block(struct login_fixture *fixture, struct job *job, uint32_t nonce)
{
	struct share share = login_fixture_share(job, nonce);

	share.hash.word[6] = 0x1000;
	pools_share(fixture->pools, &share);
}

void login_fixture_next_job(struct login_fixture *fixture, const char *id)
{
	server_job(&fixture->server, id, false);
	ITERATE_UNTIL(&fixture->ring, fixture->work && strcmp(fixture->work->id, id) == 0);
}

void login_fixture_lose(struct login_fixture *fixture)
{
	stream_close(&fixture->server.stream);
	ITERATE_UNTIL(&fixture->ring, !fixture->work);
}

void login_fixture_break(struct login_fixture *fixture)
{
	ITERATE_UNTIL(&fixture->ring, fixture->work);
	job_unref(TAKE(fixture->before));
	fixture->before = job_ref(fixture->work);
	fixture->server.silent_submits = true;
	fixture->server.submits = 0;
	login_fixture_give(fixture, fixture->before, 1);
	ITERATE_UNTIL(&fixture->ring, fixture->server.submits == 1);
	login_fixture_lose(fixture);
	login_fixture_give(fixture, fixture->before, 2);
	fixture->server.silent_submits = false;
	login_fixture_check_accounting(fixture);
}

bool login_fixture_wants(const struct login_fixture *fixture, enum optional_request request)
{
	return optional_wanted(&login_fixture_session(fixture)->login.optional, request);
}

void login_fixture_check_accounting(const struct login_fixture *fixture)
{
	const struct share_stats *stats = &login_fixture_pool(fixture)->shares.stats;

	share_stats_fixture_check(fixture->pools);
	ck_assert_uint_eq(share_stats_fixture_in_flight(stats), pools_waiting(fixture->pools));
}
