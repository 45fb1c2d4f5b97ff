/* SPDX-License-Identifier: MIT */
#include "event.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/escape.h"

struct json_object *event_begin(const struct events *events, const char *name)
{
	struct json_object *event;
	char seconds[32];
	double t;

	if (events->off)
		return NULL;
	t = (double)(clock_now() - events->started_ns) / 1e9;
	event = json_object_new_object();
	snprintf(seconds, sizeof(seconds), "%.6f", t);
	json_object_object_add(event, "t", json_object_new_double_s(t, seconds));
	event_text(event, "event", name);
	return event;
}

void event_int(struct json_object *event, const char *key, int64_t value)
{
	if (event)
		json_object_object_add(event, key, json_object_new_int64(value));
}

void event_real(struct json_object *event, const char *key, double value)
{
	if (event)
		json_object_object_add(event, key, json_object_new_double(value));
}

void event_text(struct json_object *event, const char *key, const char *value)
{
	if (event)
		json_object_object_add(event, key, json_object_new_string(value));
}

void event_flag(struct json_object *event, const char *key, bool value)
{
	if (event)
		json_object_object_add(event, key, json_object_new_boolean(value));
}

void event_json(struct json_object *event, const char *key, struct json_object *value)
{
	if (event)
		json_object_object_add(event, key, value);
	else
		json_object_put(value);
}

static const char *text_of(struct json_object *event, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(event, key, &value) ? json_object_get_string(value) : "";
}

static double real_of(struct json_object *event, const char *key)
{
	return json_object_get_double(json_object_object_get(event, key));
}

static void print_listen(struct json_object *event)
{
	printf("the pool listens on stratum+tcp://%s:%s", text_of(event, "host"),
	       text_of(event, "port"));
}

static void print_connect(struct json_object *event)
{
	printf("miner %s connected from %s", text_of(event, "conn"), text_of(event, "peer"));
}

static void print_subscribe(struct json_object *event)
{
	char agent[128];
	const char *raw = text_of(event, "agent");

	printf("miner %s is %s", text_of(event, "conn"),
	       escape_text(agent, sizeof(agent), raw, strlen(raw)));
}

static void print_configure(struct json_object *event)
{
	printf("miner %s asks for extensions", text_of(event, "conn"));
}

static void print_authorize(struct json_object *event)
{
	char user[128];
	const char *raw = text_of(event, "user");

	printf("miner %s logged in as %s, difficulty %g", text_of(event, "conn"),
	       escape_text(user, sizeof(user), raw, strlen(raw)), real_of(event, "difficulty"));
}

static void print_job(struct json_object *event)
{
	printf("job %s to miner %s: block %s%s", text_of(event, "job"), text_of(event, "conn"),
	       text_of(event, "height"),
	       json_object_get_boolean(json_object_object_get(event, "clean")) ? ", new" : "");
}

static void print_share(struct json_object *event)
{
	const char *verdict = text_of(event, "verdict");
	bool accepted = !strcmp(verdict, "accepted");

	printf("share of miner %s %s%s: difficulty %.4g of %.4g", text_of(event, "conn"),
	       accepted ? "" : "REFUSED, ", verdict, real_of(event, "difficulty"),
	       real_of(event, "wanted"));
}

static void print_block(struct json_object *event)
{
	printf("BLOCK %s found by miner %s: %s", text_of(event, "height"), text_of(event, "conn"),
	       text_of(event, "hash"));
}

static void print_close(struct json_object *event)
{
	printf("miner %s is gone: %s", text_of(event, "conn"), text_of(event, "reason"));
}

static void print_stats(struct json_object *event)
{
	printf("%s shares accepted of %s, %s blocks", text_of(event, "accepted"),
	       text_of(event, "submits"), text_of(event, "blocks"));
}

/* Whatever has no words of its own: its name, then each key with its value. */
static void print_any(struct json_object *event)
{
	printf("%s:", text_of(event, "event"));
	json_object_object_foreach(event, key, value)
	{
		if (strcmp(key, "t") && strcmp(key, "event"))
			printf(" %s %s", key,
			       json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
	}
}

static const struct {
	const char *name;
	void (*tell)(struct json_object *event);
} tellers[] = {
	{"listen", print_listen},	{"connect", print_connect},
	{"authorize", print_authorize}, {"configure", print_configure},
	{"subscribe", print_subscribe}, {"job", print_job},
	{"share", print_share},		{"block", print_block},
	{"close", print_close},		{"stats", print_stats},
	{"summary", print_stats},
};

static void tell(struct json_object *event)
{
	const char *name = text_of(event, "event");
	time_t now = (time_t)(clock_wall() / CLOCK_S);
	struct tm local;
	char text[16];

	localtime_r(&now, &local);
	strftime(text, sizeof(text), "%H:%M:%S", &local);
	printf("%s  ", text);
	for (unsigned i = 0; i < ARRAY_SIZE(tellers); i++) {
		if (!strcmp(name, tellers[i].name)) {
			tellers[i].tell(event);
			putchar('\n');
			return;
		}
	}
	print_any(event);
	putchar('\n');
}

void event_end(const struct events *events, struct json_object *event)
{
	if (!event)
		return;
	if (events->human)
		tell(event);
	else
		puts(json_object_to_json_string_ext(event, JSON_C_TO_STRING_PLAIN |
								   JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(event);
}
