/* SPDX-License-Identifier: MIT */
#include "bitcoind.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "bitcoind_reply.h"
#include "chain_check.h"
#include "chance.h"
#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "fake_disk.h"
#include "faults.h"
#include "model_ask.h"
#include "model_node.h"
#include "trace.h"
#include "violation.h"

enum {
	BITCOIND_PORT = 8332,
	BITCOIND_WAIT_S = 60, /* of a long poll for transactions alone, at most */
};

/* A call that is served. */
struct call {
	struct bitcoind *node;
	const struct fake_http_post *post;
	struct fake_http_answer *ret;
	struct json_object *parameter; /* the first one, borrowed; or NULL */
};

static void write_cookie(struct bitcoind *node)
{
	char text[sizeof(node->password) + 16];

	snprintf(node->password, sizeof(node->password), "%016llx",
		 (unsigned long long)chance_below(UINT64_MAX));
	snprintf(text, sizeof(text), "__cookie__:%s", node->password);
	fake_disk_put(node->file, text);
}

void bitcoind_use_cookie(struct bitcoind *node)
{
	snprintf(node->file, sizeof(node->file), "%.5s.cookie", strstr(node->url, "node"));
	write_cookie(node);
}

void bitcoind_begin(struct bitcoind *node, struct chain *chain, unsigned index)
{
	*node = (struct bitcoind){
		.chain = chain,
		.slow_ms = BITCOIND_SLOW_MS,
		.aux = index > 0 || chance_one_in(2),
		.commits = !chance_one_in(3),
		.interval = (unsigned)chance_between(5, 60),
		.told_ns = UINT64_MAX,
	};
	snprintf(node->url, sizeof(node->url), "http://node%u.example:%d", index, BITCOIND_PORT);
	strcpy(node->password, "p");
	if (!chance_one_in(3))
		bitcoind_use_cookie(node);
}

void bitcoind_end(struct bitcoind *node)
{
	bitcoind_cut(node);
	if (node->file[0])
		fake_disk_put(node->file, NULL);
}

/* Forgets those that have ended. */
static void tidy(struct bitcoind *node)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < node->n_calls; i++)
		if (fake_http_is_busy(node->calls[i].number))
			node->calls[kept++] = node->calls[i];
	node->n_calls = kept;
}

void bitcoind_cut(struct bitcoind *node)
{
	for (unsigned i = 0; i < node->n_calls; i++)
		fake_http_answer(
			node->calls[i].number,
			&(struct fake_http_answer){.delay = CLOCK_MS,
						   .error = "the peer closed the connection"});
	node->n_calls = 0;
}

void bitcoind_restart(struct bitcoind *node)
{
	bitcoind_cut(node);
	if (node->file[0])
		write_cookie(node);
}

static uint64_t delay(const struct bitcoind *node)
{
	return chance_between(1, node->slow_ms) * CLOCK_MS;
}

static void remember_id(struct bitcoind *node, const struct chain_template *template,
			uint64_t told_ns)
{
	struct bitcoind_given given = {.over_ns = UINT64_MAX};

	bitcoind_poll_id(given.id, node->chain, template);
	node->given_ns = clock_now();
	if (strcmp(node->given[0].id, given.id) == 0)
		return;
	node->given[0].over_ns = told_ns;
	memmove(node->given + 1, node->given, sizeof(node->given) - sizeof(node->given[0]));
	node->given[0] = given;
}

/* A template, as it is now. */
static void give_template(struct bitcoind *node, struct fake_http_answer *ret)
{
	const struct chain_template *template = chain_make_template(node->chain);

	bitcoind_template(ret, node, template);
	remember_id(node, template, clock_now() + ret->delay);
	if (node->told_tips < node->chain->n_tips || node->told_nbits != template->nbits ||
	    node->told_ns == UINT64_MAX)
		node->told_ns = clock_now() + ret->delay;
	else
		node->told_ns = MIN(node->told_ns, clock_now() + ret->delay);
	node->told_parent = template->parent;
	node->told_nbits = template->nbits;
	node->told_tips = node->chain->n_tips;
}

/* Whether it gives templates to who has come so far. */
static bool has_templates(const struct bitcoind *node)
{
	return node->says == BITCOIND_WELL && node->way == BITCOIND_WELL;
}

void bitcoind_moved(struct bitcoind *node)
{
	if (node->polls != BITCOIND_POLLS_WELL || !has_templates(node))
		return;
	for (unsigned i = 0; i < node->n_calls; i++) {
		struct fake_http_answer answer = {.delay = delay(node)};

		if (!node->calls[i].poll || !fake_http_is_busy(node->calls[i].number))
			continue;
		give_template(node, &answer);
		fake_http_answer(node->calls[i].number, &answer);
	}
}

/* What is said to whoever calls. false: the call itself is looked at. */
static bool says_to_all(struct bitcoind *node, enum bitcoind_mood mood,
			struct fake_http_answer *ret)
{
	switch (mood) {
	case BITCOIND_DOWN:
		bitcoind_fail(ret, "connection refused", true);
		break;
	case BITCOIND_AWAY:
		bitcoind_fail(ret, "no route to host", false);
		ret->delay = chance_between(1, 3000) * CLOCK_MS;
		break;
	case BITCOIND_SILENT:
		/* No keepalive probe is answered either. */
		bitcoind_fail(ret, "peer no longer acknowledges data (TCP timeout)", false);
		ret->delay = chance_between(100, 200) * CLOCK_S;
		break;
	case BITCOIND_CUTS:
		if (chance_one_in(2))
			return false;
		bitcoind_fail(ret, "the reply ended early", false);
		break;
	case BITCOIND_HTML:
		bitcoind_say(ret, 200, "<html><body>It works!</body></html>");
		break;
	case BITCOIND_GARBAGE:
		bitcoind_say(ret, 200, "\x16\x03{{\"result\":[[[[\xff\"");
		break;
	case BITCOIND_FORBIDS:
		bitcoind_say(ret, 403, "");
		break;
	case BITCOIND_OTHER_PASSWORD:
		bitcoind_say(ret, 401, "");
		ret->delay += BITCOIND_FORBIDS_MS * CLOCK_MS;
		break;
	case BITCOIND_WARMS_UP:
		bitcoind_error(ret, -28, "Loading block index...");
		break;
	case BITCOIND_BUSY:
		if (clock_now() / CLOCK_S / BITCOIND_BUSY_S % 3 == 0)
			return false;
		bitcoind_say(ret, 503, "Work queue depth exceeded");
		break;
	case BITCOIND_WELL:
	case BITCOIND_DOWNLOADS:
	case BITCOIND_ALONE:
	case BITCOIND_OTHER_CHAIN:
		return false;
	}
	return true;
}

static bool is_authorized(const struct bitcoind *node, const struct fake_http_post *post)
{
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "%s:%s", node->file[0] ? "__cookie__" : "u",
		 node->password);
	return post->credentials && strcmp(post->credentials, wanted) == 0;
}

static void on_chain_info(const struct call *call)
{
	call->node->told_ns = UINT64_MAX;
	call->node->told_tips = 0;
	bitcoind_chain_info(call->ret, call->node);
}

static void on_poll(const struct call *call, const char *id)
{
	char newest[BITCOIND_HASH_TEXT];
	struct bitcoind *node = call->node;
	const struct chain *chain = node->chain;

	node->calls[node->n_calls - 1].poll = true;
	node->poll_ns = clock_now();
	model_ask_polled(node, id);
	bitcoind_hash_text(newest, chain->blocks[chain->tip].hash);
	switch (node->polls) {
	case BITCOIND_POLLS_WELL:
		if (strncmp(id, newest, strlen(newest)) != 0)
			give_template(node, call->ret);
		else
			call->ret->delay = FAKE_HTTP_NEVER;
		break;
	case BITCOIND_POLLS_EARLY:
		call->ret->delay = chance_below(90) * CLOCK_MS;
		give_template(node, call->ret);
		break;
	case BITCOIND_POLLS_NEVER:
		call->ret->delay = FAKE_HTTP_NEVER;
		break;
	case BITCOIND_POLLS_FAIL:
		if (chance_one_in(2))
			bitcoind_error(call->ret, -32603, "odd");
		else
			bitcoind_say(call->ret, 503, "Work queue depth exceeded");
		break;
	case BITCOIND_POLLS_CUT:
		call->ret->delay = chance_between(1, BITCOIND_WAIT_S) * CLOCK_S;
		bitcoind_fail(call->ret, "the peer closed the connection", false);
		break;
	}
}

static void on_template(const struct call *call)
{
	struct bitcoind *node = call->node;
	struct json_object *id;

	/* On test chains it gives templates even so. */
	if (node->says == BITCOIND_DOWNLOADS && node->chain->kind->waits)
		bitcoind_error(call->ret, -10,
			       "Bitcoin Core is in initial sync and waiting for blocks...");
	else if (node->says == BITCOIND_ALONE && node->chain->kind->waits)
		bitcoind_error(call->ret, -9, "Bitcoin Core is not connected!");
	else if (json_object_object_get_ex(call->parameter, "longpollid", &id))
		on_poll(call, json_object_get_string(id));
	else
		give_template(node, call->ret);
}

/* Answers in the way that the word says, in time or not. */
static void answer_block(const struct call *call, const char *word)
{
	char json[64] = "null";

	if (word)
		snprintf(json, sizeof(json), "\"%s\"", word);
	if (call->node->submits == BITCOIND_SUBMITS_LATE)
		call->ret->delay = chance_between(1, 25) * CLOCK_S;
	bitcoind_result(call->ret, json);
	if (call->node->submits == BITCOIND_SUBMITS_SILENT)
		call->ret->delay = FAKE_HTTP_NEVER;
}

static enum model_said said(const char *word)
{
	if (!word || strcmp(word, "duplicate") == 0)
		return MODEL_TAKEN;
	return strcmp(word, "inconclusive") == 0 ? MODEL_INCONCLUSIVE : MODEL_STALE;
}

static void on_block(const struct call *call)
{
	struct bitcoind *node = call->node;
	struct chain *chain = node->chain;
	struct chain_checked checked;
	const char *hex = json_object_get_string(call->parameter), *word;

	if (node->submits == BITCOIND_SUBMITS_LOST) {
		node->lost++;
		call->ret->delay = FAKE_HTTP_NEVER;
		return;
	}
	if (node->submits == BITCOIND_SUBMITS_BEHIND) {
		bitcoind_result(call->ret, "\"prev-blk-not-found\"");
		return;
	}
	word = chain_check(&checked, chain, hex ? hex : "", hex ? strlen(hex) : 0);
	model_node_submitted(node, &checked, word, hex);
	if (chain_find(chain, checked.hash) != CHAIN_NONE)
		word = "duplicate";
	/* Bitcoin Core says so of a rival of its best block. */
	else if (node->submits == BITCOIND_SUBMITS_INCONCLUSIVE || (word && chance_one_in(2)))
		word = "inconclusive";
	else if (node->submits == BITCOIND_SUBMITS_STALE)
		word = "stale-prevblk";
	else if (!word)
		chain_add(chain, checked.template, checked.hash, checked.time);
	trace_line(node->url, "submitblock: %s", word ? word : "taken");
	answer_block(call, word);
	if (!word && node->submits == BITCOIND_SUBMITS_WELL)
		model_ask_took(node);
	if (node->submits != BITCOIND_SUBMITS_SILENT)
		model_node_answered(&checked, said(word), clock_now() + call->ret->delay);
}

static void on_method(const struct call *call, const char *method)
{
	if (strcmp(method, "getblockchaininfo") == 0)
		on_chain_info(call);
	else if (strcmp(method, "getblocktemplate") == 0)
		on_template(call);
	else if (strcmp(method, "getblockheader") == 0)
		bitcoind_header(call->ret, call->node->chain,
				json_object_get_string(call->parameter));
	else if (strcmp(method, "submitblock") == 0)
		on_block(call);
	else
		violation("%s: there is no method \"%s\"", call->node->url, method);
}

static void read_call(struct call *call)
{
	struct json_object *root = json_tokener_parse(call->post->body), *method, *list;

	VIOLATION_IF(!json_object_object_get_ex(root, "method", &method) ||
			     !json_object_object_get_ex(root, "params", &list) ||
			     !json_object_is_type(list, json_type_array),
		     "%s: this is no call: %.100s", call->node->url, call->post->body);
	if (json_object_array_length(list))
		call->parameter = json_object_array_get_idx(list, 0);
	on_method(call, json_object_get_string(method));
	json_object_put(root);
}

void bitcoind_serve(struct bitcoind *node, const struct fake_http_post *post,
		    struct fake_http_answer *ret)
{
	struct call call = {.node = node, .post = post, .ret = ret};

	tidy(node);
	VIOLATION_IF(node->n_calls == BITCOIND_CALLS_MAX, "%s: %d calls at once", node->url,
		     BITCOIND_CALLS_MAX);
	node->calls[node->n_calls++] =
		(struct bitcoind_call){.number = post->number, .tips = node->chain->n_tips};
	model_ask_called(node);
	model_node_called(node, post->body);
	ret->delay = delay(node);
	if (faults_http()) {
		bitcoind_fail(ret, "the peer closed the connection", false);
		model_node_hurt(node);
		return;
	}
	if (clock_now() < node->back_ns) {
		bitcoind_fail(ret, "connection refused", true);
		return;
	}
	if (says_to_all(node, node->way, ret) || says_to_all(node, node->says, ret))
		return;
	if (is_authorized(node, post)) {
		read_call(&call);
		return;
	}
	bitcoind_say(ret, 401, "");
	ret->delay += BITCOIND_FORBIDS_MS * CLOCK_MS;
}
