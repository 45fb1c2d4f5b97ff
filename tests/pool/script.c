/* SPDX-License-Identifier: MIT */
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/hex.h"
#include "connection.h"
#include "protocol.h"
#include "testpool.h"

enum { SCRIPT_WORDS_MAX = 4 };

/* A command taken apart; each text is "" where the line had no more. */
struct command {
	const char *name;
	const char *words[SCRIPT_WORDS_MAX];
	const char *rest[SCRIPT_WORDS_MAX]; /* the line from each word on */
	unsigned only;			    /* number of the one connection, 0: all */
};

static void for_each(struct testpool *pool, const struct command *command,
		     void (*fn)(struct connection *connection, const struct command *command))
{
	for (struct connection *c = pool->connections; c; c = c->next) {
		if (!command->only || command->only == c->number)
			fn(c, command);
	}
}

static void issue_one(struct connection *connection, const struct command *command)
{
	bool clean = !strcmp(command->words[0], "clean") || !strcmp(command->words[1], "clean");

	if (connection->subscribed)
		connection_issue(connection, connection->pool->work, clean);
}

static bool run_notify(struct testpool *pool, const struct command *command)
{
	const char *kind = command->words[0];
	bool block = !strcmp(kind, "clean") || !strcmp(kind, "block");

	if (*kind && !block && strcmp(kind, "same") && strcmp(kind, "previous"))
		return false;
	if (!strcmp(kind, "previous")) {
		struct work *work = pool->previous;

		if (!work)
			return true;
		pool->previous = pool->work;
		pool->work = work;
	} else if (strcmp(kind, "same") && !testpool_renew(pool, block)) {
		return false;
	}
	for_each(pool, command, issue_one);
	return true;
}

static bool run_burst(struct testpool *pool, const struct command *command)
{
	unsigned count = (unsigned)atoi(command->words[0]);
	bool clean = !strcmp(command->words[1], "clean");

	if (!count || count > CONNECTION_ISSUED_MAX)
		return false;
	pool->corked = true;
	for (unsigned i = 0; i < count && testpool_renew(pool, clean); i++)
		for_each(pool, command, issue_one);
	pool->corked = false;
	return true;
}

static void difficulty_one(struct connection *connection, const struct command *command)
{
	protocol_set_difficulty(connection, atof(command->words[0]));
}

static bool run_difficulty(struct testpool *pool, const struct command *command)
{
	if (!(atof(command->words[0]) > 0))
		return false;
	if (!command->only)
		pool->options.difficulty = atof(command->words[0]);
	for_each(pool, command, difficulty_one);
	return true;
}

static void extranonce_one(struct connection *connection, const struct command *command)
{
	struct terms *terms = &connection->terms;

	if (connection_is_silenced(connection, SEND_OTHER))
		return;
	terms->extranonce1_size = strlen(command->words[0]) / 2;
	terms->extranonce2_size = (size_t)atoi(command->words[1]);
	hex_decode(terms->extranonce1, terms->extranonce1_size, command->words[0]);
	connection_sendf(
		connection,
		"{\"id\":null,\"method\":\"mining.set_extranonce\",\"params\":[\"%s\",%zu]}",
		command->words[0], terms->extranonce2_size);
}

static bool run_extranonce(struct testpool *pool, const struct command *command)
{
	uint8_t bytes[WORK_EXTRANONCE1_MAX];
	size_t digits = strlen(command->words[0]);
	int size = atoi(command->words[1]);

	if (digits % 2 || digits / 2 > sizeof(bytes) || size < 1 || size > WORK_EXTRANONCE2_MAX ||
	    !hex_decode(bytes, digits / 2, command->words[0]))
		return false;
	pool->recipe.extranonce_size = (unsigned)(digits / 2) + (unsigned)size;
	for_each(pool, command, extranonce_one);
	return true;
}

static void mask_one(struct connection *connection, const struct command *command)
{
	uint32_t mask;

	if (!connection->rolling || connection_is_silenced(connection, SEND_OTHER) ||
	    !hex_u32(&mask, command->words[0], strlen(command->words[0])))
		return;
	connection->mask_before = connection->mask;
	connection->mask = mask;
	connection->mask_ns = clock_now();
	connection_sendf(
		connection,
		"{\"id\":null,\"method\":\"mining.set_version_mask\",\"params\":[\"%08x\"]}", mask);
}

static bool run_mask(struct testpool *pool, const struct command *command)
{
	uint32_t mask;

	if (!hex_u32(&mask, command->words[0], strlen(command->words[0])))
		return false;
	for_each(pool, command, mask_one);
	return true;
}

static bool run_set(struct testpool *pool, const struct command *command)
{
	struct work_recipe *recipe = &pool->recipe;
	const char *key = command->words[0], *value = command->words[1];

	if (!strcmp(key, "branches"))
		recipe->branches = (unsigned)atoi(value);
	else if (!strcmp(key, "coinbase-size"))
		recipe->coinbase_size = MIN((unsigned)atoi(value), (unsigned)WORK_COINBASE_MAX);
	else if (!strcmp(key, "version"))
		return hex_u32(&recipe->version, value, strlen(value));
	else if (!strcmp(key, "nbits"))
		return hex_u32(&recipe->nbits, value, strlen(value));
	else if (!strcmp(key, "payout"))
		return work_parse_payout(recipe, value);
	else if (!strcmp(key, "ntime"))
		return hex_u32(&recipe->ntime, value, strlen(value));
	else if (!strcmp(key, "job-interval"))
		testpool_set_job_interval(pool, atof(value));
	else
		return false;
	return true;
}

static void drop_one(struct connection *connection, const struct command *command)
{
	connection_close(connection, "dropped by the script");
}

static bool run_drop(struct testpool *pool, const struct command *command)
{
	for_each(pool, command, drop_one);
	return true;
}

static void drop_after_one(struct connection *connection, const struct command *command)
{
	connection->drop_at = connection->submits + (uint64_t)atoi(command->words[0]);
}

static bool run_drop_after(struct testpool *pool, const struct command *command)
{
	if (atoi(command->words[0]) < 1)
		return false;
	for_each(pool, command, drop_after_one);
	return true;
}

static bool run_silence(struct testpool *pool, const struct command *command)
{
	static const char *const names[] = {[SILENCE_NONE] = "off",
					    [SILENCE_ALL] = "on",
					    [SILENCE_JOBS] = "jobs",
					    [SILENCE_REPLIES] = "replies",
					    [SILENCE_VERDICTS] = "verdicts"};

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(command->words[0], names[i])) {
			pool->script.silence = (enum silence)i;
			return true;
		}
	}
	return false;
}

static bool run_lose(struct testpool *pool, const struct command *command)
{
	pool->script.lose = !strcmp(command->words[0], "on");
	return pool->script.lose || !strcmp(command->words[0], "off");
}

static bool run_delay(struct testpool *pool, const struct command *command)
{
	pool->script.delay_ms = (unsigned)atoi(command->words[0]);
	return true;
}

static bool run_lag(struct testpool *pool, const struct command *command)
{
	pool->script.lag_ms = (unsigned)atoi(command->words[0]);
	return true;
}

static bool run_reject(struct testpool *pool, const struct command *command)
{
	struct script *script = &pool->script;
	const char *text = command->rest[2];

	script->rejects = (unsigned)atoi(command->words[0]);
	script->reject_code = *command->words[1] ? atoi(command->words[1]) : 20;
	snprintf(script->reject_text, sizeof(script->reject_text), "%s",
		 *text ? text : verdict_text(VERDICT_FORCED));
	return true;
}

static bool run_error_form(struct testpool *pool, const struct command *command)
{
	return options_error_form(&pool->script.error_form, command->words[0]);
}

static void ping_one(struct connection *connection, const struct command *command)
{
	const char *id = command->rest[0];

	connection_sendf(connection, "{\"id\":%s,\"method\":\"mining.ping\",\"params\":[]}",
			 *id ? id : "42");
}

static bool run_ping(struct testpool *pool, const struct command *command)
{
	for_each(pool, command, ping_one);
	return true;
}

static void reconnect_one(struct connection *connection, const struct command *command)
{
	const char *const *words = command->words;

	if (*words[0])
		connection_sendf(connection,
				 "{\"id\":null,\"method\":\"client.reconnect\","
				 "\"params\":[\"%s\",%s,%s]}",
				 words[0], words[1], words[2]);
	else
		connection_sendf(connection,
				 "{\"id\":null,\"method\":\"client.reconnect\",\"params\":[]}");
}

static bool run_reconnect(struct testpool *pool, const struct command *command)
{
	if (*command->words[0] && !*command->words[2])
		return false;
	for_each(pool, command, reconnect_one);
	return true;
}

static void message_one(struct connection *connection, const struct command *command)
{
	struct json_object *text = json_object_new_string(command->rest[0]);

	connection_sendf(connection,
			 "{\"id\":null,\"method\":\"client.show_message\",\"params\":[%s]}",
			 json_object_to_json_string_ext(text, JSON_C_TO_STRING_PLAIN));
	json_object_put(text);
}

static bool run_message(struct testpool *pool, const struct command *command)
{
	for_each(pool, command, message_one);
	return true;
}

static void version_one(struct connection *connection, const struct command *command)
{
	connection_sendf(connection,
			 "{\"id\":\"version\",\"method\":\"client.get_version\",\"params\":[]}");
}

static bool run_version(struct testpool *pool, const struct command *command)
{
	for_each(pool, command, version_one);
	return true;
}

static void raw_one(struct connection *connection, const struct command *command)
{
	connection_sendf(connection, "%s", command->rest[0]);
}

static bool run_raw(struct testpool *pool, const struct command *command)
{
	for_each(pool, command, raw_one);
	return true;
}

static void garbage_one(struct connection *connection, const struct command *command)
{
	char bytes[256 * 4];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 % 256 == '\n' ? 0 : i * 7);
	connection_send(connection, SEND_OTHER, bytes, sizeof(bytes), 0);
}

static bool run_garbage(struct testpool *pool, const struct command *command)
{
	for_each(pool, command, garbage_one);
	return true;
}

static void long_line_one(struct connection *connection, const struct command *command)
{
	size_t n = (size_t)atoi(command->words[0]);
	char *line = malloc(n + 1);

	if (!line)
		return;
	memset(line, 'x', n);
	line[n] = '\0';
	connection_send(connection, SEND_OTHER, line, n, 0);
	free(line);
}

static bool run_long_line(struct testpool *pool, const struct command *command)
{
	if (atoi(command->words[0]) < 1)
		return false;
	for_each(pool, command, long_line_one);
	return true;
}

static bool run_stats(struct testpool *pool, const struct command *command)
{
	testpool_report(pool, "stats");
	return true;
}

static bool run_quit(struct testpool *pool, const struct command *command)
{
	pool->stopped = true;
	return true;
}

static const struct {
	const char *name;
	bool (*run)(struct testpool *pool,
		    const struct command *command); /* false: cannot be used */
} commands[] = {
	{"notify", run_notify},
	{"burst", run_burst},
	{"difficulty", run_difficulty},
	{"extranonce", run_extranonce},
	{"mask", run_mask},
	{"set", run_set},
	{"drop", run_drop},
	{"drop-after", run_drop_after},
	{"silence", run_silence},
	{"lose", run_lose},
	{"delay", run_delay},
	{"lag", run_lag},
	{"reject", run_reject},
	{"error-form", run_error_form},
	{"ping", run_ping},
	{"reconnect", run_reconnect},
	{"show-message", run_message},
	{"get-version", run_version},
	{"raw", run_raw},
	{"garbage", run_garbage},
	{"long-line", run_long_line},
	{"stats", run_stats},
	{"quit", run_quit},
};

/* Cuts copy into words; rest[] points into line, which stays whole. */
static void command_split(struct command *ret, char *copy, const char *line)
{
	char *rest = copy, *word;
	int index = -1;

	*ret = (struct command){.name = ""};
	for (unsigned i = 0; i < SCRIPT_WORDS_MAX; i++)
		ret->words[i] = ret->rest[i] = "";
	while (index < SCRIPT_WORDS_MAX && (word = strsep(&rest, " "))) {
		if (!*word)
			continue;
		if (*word == '@' && index < 0 && !ret->only) {
			ret->only = (unsigned)atoi(word + 1);
			continue;
		}
		if (index < 0) {
			ret->name = word;
		} else {
			ret->words[index] = word;
			ret->rest[index] = line + (word - copy);
		}
		index++;
	}
}

bool script_command(struct testpool *pool, char *line, size_t n)
{
	char *copy = strdup(line);
	struct command command;
	struct json_object *event;
	bool good = false;

	if (!copy)
		return false;
	command_split(&command, copy, line);
	for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(command.name, commands[i].name))
			good = commands[i].run(pool, &command);
	}
	good = good || !*command.name;
	if (!good) {
		event = event_begin(&pool->events, "mistake");
		event_text(event, "command", line);
		event_end(&pool->events, event);
	}
	free(copy);
	return good;
}
