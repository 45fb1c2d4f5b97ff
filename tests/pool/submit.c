/* SPDX-License-Identifier: MIT */
#include "submit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "connection.h"
#include "observer.h"
#include "protocol.h"
#include "testpool.h"

void submit_refuse(struct connection *connection, struct json_object *id, int code,
		   const char *text)
{
	struct json_object *line = json_object_new_object(), *error = NULL;
	enum error_form form = connection->pool->script.error_form;
	const char *printed;

	json_object_object_add(line, "id", json_object_get(id));
	json_object_object_add(line, "result",
			       form == ERROR_REASON ? json_object_new_boolean(false) : NULL);
	if (form == ERROR_ARRAY || form == ERROR_PAIR) {
		error = json_object_new_array();
		json_object_array_add(error, json_object_new_int(code));
		json_object_array_add(error, json_object_new_string(text));
		if (form == ERROR_ARRAY)
			json_object_array_add(error, NULL);
	} else if (form == ERROR_OBJECT) {
		error = json_object_new_object();
		json_object_object_add(error, "code", json_object_new_int(code));
		json_object_object_add(error, "message", json_object_new_string(text));
	} else if (form == ERROR_STRING) {
		error = json_object_new_string(text);
	}
	json_object_object_add(line, "error", error);
	if (form == ERROR_REASON)
		json_object_object_add(line, "reject-reason", json_object_new_string(text));
	printed = json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN);
	connection_send(connection, SEND_VERDICT, printed, strlen(printed), 0);
	json_object_put(line);
}

static bool read_submission(struct submission *ret, struct json_object *params)
{
	size_t n = json_object_array_length(params);

	*ret = (struct submission){
		.user = protocol_text(params, 0),
		.job = protocol_text(params, 1),
		.extranonce2 = protocol_text(params, 2),
		.ntime = protocol_text(params, 3),
		.nonce = protocol_text(params, 4),
		.version_bits = n == 6 ? protocol_text(params, 5) : NULL,
	};
	return (n == 5 || (n == 6 && ret->version_bits)) && ret->user && ret->job &&
	       ret->extranonce2 && ret->ntime && ret->nonce;
}

static bool known_user(const struct connection *connection, const char *user)
{
	for (unsigned i = 0; i < connection->n_users; i++) {
		if (!strcmp(connection->users[i], user))
			return true;
	}
	return false;
}

/*
 * A pool may issue the same job id again under another extranonce1: the share belongs to the issue
 * under which it is good, and if to none, to the newest.
 */
static void judge_work(struct connection *connection, struct judged *judged)
{
	struct issued *issued = connection_find(connection, judged->submission.job, NULL);

	judged->verdict = VERDICT_NO_JOB;
	for (unsigned again = 0; issued; again++) {
		struct verified verified;
		enum verdict verdict = verify_share(issued->work, &issued->terms, connection->mask,
						    &judged->submission, &verified);

		if (!again || verdict == VERDICT_ACCEPTED) {
			judged->verdict = verdict;
			judged->verified = verified;
			judged->issued = issued;
			judged->again = again;
		}
		if (verdict == VERDICT_ACCEPTED)
			return;
		issued = connection_find(connection, judged->submission.job, issued);
	}
}

/*
 * What a miner cannot avoid: its share was good until the pool's news, and the two crossed. Old
 * jobs stay with their terms, so nothing else excuses a share.
 */
static uint64_t excuse(const struct connection *connection, const struct judged *judged)
{
	const struct issued *issued = judged->issued;
	struct verified verified;

	if (judged->verdict == VERDICT_STALE &&
	    number_at_most(&judged->verified.hash, &issued->terms.target))
		return issued->stale_ns;
	if (issued && connection->mask_ns &&
	    (judged->verdict == VERDICT_VERSION || judged->verdict == VERDICT_PARAMS) &&
	    verify_share(issued->work, &issued->terms, connection->mask_before, &judged->submission,
			 &verified) == VERDICT_ACCEPTED)
		return connection->mask_ns;
	return 0;
}

static void judge(struct connection *connection, struct json_object *params, struct judged *judged)
{
	struct testpool *pool = connection->pool;

	judged->verdict = VERDICT_PARAMS;
	if (!read_submission(&judged->submission, params))
		return;
	judged->verdict = VERDICT_USER;
	if (!known_user(connection, judged->submission.user))
		return;
	judge_work(connection, judged);
	if (!judged->verified.hashed)
		return;
	if (judged->issued->stale_ns)
		judged->verdict = VERDICT_STALE;
	else if (judged->verdict == VERDICT_ACCEPTED &&
		 seen_add(&pool->seen, &judged->verified.hash) != 0)
		judged->verdict = VERDICT_DUPLICATE;
	if (judged->verdict == VERDICT_ACCEPTED && pool->script.rejects) {
		pool->script.rejects--;
		judged->verdict = VERDICT_FORCED;
	}
}

static void tell_work(struct json_object *event, const struct judged *judged)
{
	const struct verified *verified = &judged->verified;
	char hash[65];

	event_real(event, "wanted", judged->issued->terms.difficulty);
	event_int(event, "again", judged->again);
	if (!verified->hashed)
		return;
	number_to_hex(hash, &verified->hash);
	event_text(event, "hash", hash);
	event_real(event, "difficulty", verified->difficulty);
	event_int(event, "ntime_over", (int64_t)verified->ntime - judged->issued->work->ntime);
}

/* late_ms: for how long the share has been late, where it was refused for just that. */
static void tell_share(struct connection *connection, const struct judged *judged, double reaction)
{
	struct json_object *event = event_begin(&connection->pool->events, "share");
	const struct submission *submission = &judged->submission;
	const char *user = submission->user, *bits = submission->version_bits;

	if (!event)
		return;
	event_int(event, "conn", connection->number);
	event_text(event, "verdict", verdict_name(judged->verdict));
	/* Shares that came in one packet may be older than what the first of them led to. */
	if (judged->late_ns)
		event_real(event, "late_ms",
			   MAX(0, (double)connection->received_ns - (double)judged->late_ns) / 1e6);
	event_text(event, "user", user ? user : "");
	event_text(event, "job", submission->job ? submission->job : "");
	event_text(event, "extranonce2", submission->extranonce2 ? submission->extranonce2 : "");
	event_text(event, "ntime", submission->ntime ? submission->ntime : "");
	event_text(event, "nonce", submission->nonce ? submission->nonce : "");
	if (bits)
		event_text(event, "bits", bits);
	if (judged->issued)
		tell_work(event, judged);
	if (reaction >= 0)
		event_real(event, "reaction_us", reaction / 1e3);
	event_end(&connection->pool->events, event);
}

static void tell_block(struct connection *connection, const struct judged *judged)
{
	struct testpool *pool = connection->pool;
	struct json_object *event = event_begin(&pool->events, "block");
	bool stale = judged->verdict != VERDICT_ACCEPTED;
	char hash[65];

	if (stale)
		pool->tally.stale_blocks++;
	else
		pool->tally.blocks++;
	if (!event)
		return;
	number_to_hex(hash, &judged->verified.hash);
	event_int(event, "conn", connection->number);
	event_text(event, "job", judged->issued->work->id);
	event_int(event, "height", judged->issued->work->height);
	event_text(event, "hash", hash);
	event_flag(event, "stale", stale);
	event_end(&pool->events, event);
}

/* From sending a job to its first submit, ns; -1: it is not the first. */
static double first_submit(struct connection *connection, struct issued *issued)
{
	if (!issued || issued->first_submit_ns || !issued->sent_ns)
		return -1;
	issued->first_submit_ns = connection->received_ns;
	testpool_reaction(connection->pool, issued->first_submit_ns - issued->sent_ns);
	return (double)(issued->first_submit_ns - issued->sent_ns);
}

static void answer(struct connection *connection, struct json_object *id, enum verdict verdict)
{
	const struct script *script = &connection->pool->script;
	const char *text = json_object_to_json_string_ext(id, JSON_C_TO_STRING_PLAIN);
	char line[256];
	int n;

	if (verdict == VERDICT_FORCED) {
		submit_refuse(connection, id, script->reject_code, script->reject_text);
	} else if (verdict != VERDICT_ACCEPTED) {
		submit_refuse(connection, id, verdict_code(verdict), verdict_text(verdict));
	} else {
		n = snprintf(line, sizeof(line), "{\"id\":%.200s,\"result\":true,\"error\":null}",
			     text);
		connection_send(connection, SEND_VERDICT, line, (size_t)n, 0);
	}
}

/* An id that is used twice in a row would make two replies the same. */
static void check_id(struct connection *connection, struct json_object *id)
{
	const char *text = json_object_to_json_string_ext(id, JSON_C_TO_STRING_PLAIN);

	if (connection->last_submit_id && !strcmp(connection->last_submit_id, text))
		connection_violation(connection, "the id of the submit before");
	free(connection->last_submit_id);
	connection->last_submit_id = strdup(text);
}

static void tell_lost(struct connection *connection, struct json_object *params)
{
	struct json_object *event = event_begin(&connection->pool->events, "lost");
	struct submission submission;

	event_int(event, "conn", connection->number);
	if (read_submission(&submission, params)) {
		event_text(event, "job", submission.job);
		event_text(event, "extranonce2", submission.extranonce2);
		event_text(event, "nonce", submission.nonce);
	}
	event_end(&connection->pool->events, event);
}

void submit_handle(struct connection *connection, struct json_object *id,
		   struct json_object *params)
{
	struct testpool *pool = connection->pool;
	struct judged judged = {};
	double reaction;
	bool block;

	if (pool->script.lose) {
		tell_lost(connection, params);
		if (pool->observer && pool->observer->lost)
			pool->observer->lost(connection);
		return;
	}
	check_id(connection, id);
	judge(connection, params, &judged);
	judged.late_ns = excuse(connection, &judged);
	reaction = first_submit(connection, judged.issued);
	connection->submits++;
	pool->tally.submits++;
	pool->tally.verdicts[judged.verdict]++;
	connection->accepted += judged.verdict == VERDICT_ACCEPTED;
	if (!pool->options.quiet || judged.verdict != VERDICT_ACCEPTED)
		tell_share(connection, &judged, reaction);
	block = judged.verified.block &&
		(judged.verdict == VERDICT_ACCEPTED || judged.verdict == VERDICT_STALE);
	if (block)
		tell_block(connection, &judged);
	if (pool->observer && pool->observer->judged)
		pool->observer->judged(connection, &judged);
	block = block && judged.verdict == VERDICT_ACCEPTED && !pool->options.keep_work;
	if (block && pool->options.block_notify_first)
		testpool_new_block(pool);
	answer(connection, id, judged.verdict);
	if (block && !pool->options.block_notify_first)
		testpool_new_block(pool);
	if (connection->drop_at && connection->submits >= connection->drop_at)
		connection_close(connection, "dropped after %llu submits",
				 (unsigned long long)connection->submits);
}
