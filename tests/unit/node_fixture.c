/* SPDX-License-Identifier: MIT */
#include "node_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "fake_disk.h"
#include "fake_ring.h"
#include "template_fixture.h"

struct node_fixture_server node_server;
struct node_fixture_events node_events_seen;
struct node node_under_test;
struct conf_pool node_conf;

static struct ring ring;
static const struct conf_failover limits = {
	.connect_timeout = 10, .tls_timeout = 10, .reply_timeout = 20};

static void say(struct fake_http_answer *ret, const char *member, const char *json)
{
	ret->status = 200;
	ck_assert_int_gt(asprintf(&ret->body, "{\"%s\":%s,\"id\":\"minerd\"}", member, json), 0);
	ret->size = strlen(ret->body);
}

static void say_template(struct fake_http_answer *ret)
{
	struct json_object *root = json_object_new_object();

	json_object_object_add(root, "result", json_object_get(node_server.template));
	ret->status = 200;
	ret->body = strdup(json_object_to_json_string(root));
	ret->size = strlen(ret->body);
	json_object_put(root);
}

static void on_poll(const struct fake_http_post *post, struct fake_http_answer *ret)
{
	ck_assert_uint_eq(post->timeout, 0);
	node_server.polls++;
	node_server.poll = post->number;
	if (node_server.poll_error)
		ret->error = node_server.poll_error;
	else if (node_server.polls_end)
		say_template(ret);
	else
		ret->delay = FAKE_HTTP_NEVER;
}

static void on_submit(const struct fake_http_post *post, struct fake_http_answer *ret)
{
	const char *begin = strstr(post->body, "[\"") + 2;

	node_server.submits++;
	snprintf(node_server.submitted, sizeof(node_server.submitted), "%.*s",
		 (int)strcspn(begin, "\""), begin);
	if (node_server.verdict)
		say(ret, "result", node_server.verdict);
	else
		ret->delay = FAKE_HTTP_NEVER;
}

static void on_call(const struct fake_http_post *post, struct fake_http_answer *ret)
{
	char text[NODE_FIXTURE_TEXT];

	if (strstr(post->body, "getblockchaininfo")) {
		node_server.logins++;
		snprintf(text, sizeof(text), "{\"chain\":\"%s\",\"blocks\":5,\"headers\":5}",
			 node_server.chain);
		say(ret, "result", text);
	} else if (node_server.error) {
		say(ret, "error", node_server.error);
	} else if (strstr(post->body, "longpollid\":")) {
		on_poll(post, ret);
	} else if (strstr(post->body, "getblocktemplate")) {
		node_server.templates++;
		say_template(ret);
	} else if (strstr(post->body, "getblockheader")) {
		node_server.headers++;
		say(ret, "result", node_server.header);
	} else {
		ck_assert_ptr_nonnull(strstr(post->body, "submitblock"));
		on_submit(post, ret);
	}
}

static void serve(void *context, const struct fake_http_post *post, struct fake_http_answer *ret)
{
	char wanted[64];

	ret->delay = CLOCK_MS;
	snprintf(wanted, sizeof(wanted), "%s:%s", node_conf.cookie_file ? "__cookie__" : "u",
		 node_server.password);
	if (node_server.refuses) {
		ret->error = "connection refused";
		ret->refused = true;
	} else if (node_server.status || strcmp(post->credentials, wanted) != 0) {
		ret->status = node_server.status ? node_server.status : 401;
	} else {
		on_call(post, ret);
	}
}

static void on_ready(struct node *node)
{
	node_events_seen.ready++;
}

static void on_job(struct node *node, struct job *job)
{
	job_unref(node_events_seen.job);
	node_events_seen.job = job;
	node_events_seen.jobs++;
}

static void on_answered(struct node *node, const struct share *share,
			const struct share_answer *answer)
{
	node_events_seen.answered++;
	node_events_seen.answer = *answer;
}

static void on_lost(struct node *node, const char *reason, bool refused)
{
	node_events_seen.lost++;
	node_events_seen.refused = refused;
	snprintf(node_events_seen.reason, sizeof(node_events_seen.reason), "%s", reason);
}

static void on_closed(struct node *node)
{
	node_events_seen.closed++;
}

static void on_block(struct node *node, struct block *block)
{
	const struct block *last = node_events_seen.block;

	/* As who keeps it does where others have answered it. */
	if (last && memcmp(&last->hash, &block->hash, sizeof(block->hash)) == 0)
		node_submit_block(node, block);
	block_unref(node_events_seen.block);
	node_events_seen.block = block;
	node_events_seen.blocks++;
}

static void on_block_answered(struct node *node, const struct block *block,
			      const struct block_answer *answer)
{
	node_events_seen.block_answers++;
	node_events_seen.verdict = answer->verdict;
}

static void on_block_seen(struct node *node, const struct target *hash, int64_t confirmations)
{
	node_events_seen.seen++;
	node_events_seen.confirmations = confirmations;
}

static const struct node_handler handler = {
	.ready = on_ready,
	.job = on_job,
	.answered = on_answered,
	.lost = on_lost,
	.closed = on_closed,
	.block = on_block,
	.block_answered = on_block_answered,
	.block_seen = on_block_seen,
};

void node_fixture_setup(void)
{
	const struct node_settings settings = {
		.ring = &ring, .conf = &node_conf, .limits = &limits};

	fake_ring_begin(1);
	fake_disk_begin();
	ck_assert_int_eq(ring_init(&ring), 0);
	node_events_seen = (struct node_fixture_events){};
	node_server = (struct node_fixture_server){
		.chain = "regtest",
		.password = "p",
		.template = template_fixture_new(0, 0),
		.header = "{\"time\":1789999000,\"height\":0,\"confirmations\":1}",
		.verdict = "null",
	};
	node_conf = (struct conf_pool){
		.transport = CONF_TRANSPORT_HTTP,
		.url = strdup("http://node.test:8332"),
		.host = strdup("node.test"),
		.port = 8332,
		.name = strdup("node"),
		.user = strdup("u"),
		.password = strdup("p"),
		.user_agent = strdup("minerd/test"),
		.version_rolling = true,
		.payout.address = strdup("bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"),
		.coinbase_text = strdup(""),
		.template_interval = 30,
	};
	fake_http_serve(serve, NULL);
	ck_assert_int_eq(node_init(&node_under_test, &settings, &handler), 0);
}

void node_fixture_teardown(void)
{
	node_close(&node_under_test);
	if (node_under_test.state != NODE_CLOSED)
		node_fixture_run(1);
	ck_assert_int_eq(node_under_test.state, NODE_CLOSED);
	node_deinit(&node_under_test);
	ck_assert_uint_eq(fake_http_busy(), 0);
	ck_assert_uint_eq(fake_disk_open_count(), 0);
	ring_deinit(&ring);
	json_object_put(node_server.template);
	job_unref(node_events_seen.job);
	block_unref(node_events_seen.block);
	conf_pool_deinit(&node_conf);
}

/* Does nothing: the loop has reached it. */
static void on_timer(struct ring_timer *timer)
{
}

void node_fixture_run(unsigned ms)
{
	struct ring_timer timer = {.fn = on_timer};

	ring_timer_at(&ring, &timer, clock_now() + ms * CLOCK_MS);
	while (timer.armed)
		ck_assert_int_eq(ring_iterate(&ring), 0);
}

void node_fixture_login(uint64_t number)
{
	unsigned before = node_events_seen.ready;

	node_connect(&node_under_test, number);
	node_fixture_run(50);
	ck_assert_msg(node_events_seen.ready == before + 1, "not ready: %s",
		      node_events_seen.reason);
	ck_assert_int_eq(node_under_test.state, NODE_READY);
}

void node_fixture_login_on_testnet(uint64_t number)
{
	free(node_conf.payout.address);
	node_conf.payout.address = strdup("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx");
	node_conf.template_interval = 3600;
	node_server.chain = "testnet4";
	node_fixture_login(number);
}

void node_fixture_answer(uint64_t poll)
{
	struct fake_http_answer answer = {.delay = CLOCK_MS};

	say_template(&answer);
	fake_http_answer(poll, &answer);
}

void node_fixture_new_block(void)
{
	static unsigned number;
	char text[80];

	snprintf(text, sizeof(text), "\"%064x\"", ++number);
	template_fixture_set(node_server.template, "previousblockhash", text);
	snprintf(text, sizeof(text), "\"%064x7\"", number);
	template_fixture_set(node_server.template, "longpollid", text);
	node_fixture_answer(node_server.poll);
}

void node_fixture_find(struct share *ret, uint32_t hash, bool block)
{
	struct job *job = node_events_seen.job;

	*ret = (struct share){.job = job,
			      .ntime = job->ntime,
			      .nonce = hash,
			      .version = job->version,
			      .hash.word[0] = hash};
	if (block)
		node_found_block(&node_under_test, ret);
}
