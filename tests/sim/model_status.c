/* SPDX-License-Identifier: MIT */
#include "model_status.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stddef.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "model.h"
#include "reply.h"
#include "tests/pool/connection.h"
#include "violation.h"
#include "world.h"

enum {
	STATUS_LOGIN_S = 60, /* until a login counts */
	STATUS_SLOT_S = 10,  /* hashes are counted of so many seconds together */
	STATUS_SLOTS = 128,
};

static const struct {
	const char *name;
	size_t offset; /* in struct share_stats */
} counts[STATUS_COUNTS] = {
	{"found", offsetof(struct share_stats, found)},
	{"submitted", offsetof(struct share_stats, submitted)},
	{"accepted", offsetof(struct share_stats, accepted)},
	{"rejected", offsetof(struct share_stats, rejected)},
	{"stale", offsetof(struct share_stats, stale)},
	{"duplicate", offsetof(struct share_stats, duplicate)},
	{"unanswered", offsetof(struct share_stats, unanswered)},
	{"dropped", offsetof(struct share_stats, dropped)},
};

static struct {
	uint64_t hashes; /* of this run of the daemon */
	uint64_t slot[STATUS_SLOTS], slot_number[STATUS_SLOTS];
} model;

void model_status_begin(void)
{
	memset(&model, 0, sizeof(model));
}

void model_status_hashed(bool by_worker)
{
	uint64_t number = clock_now() / (STATUS_SLOT_S * CLOCK_S), i = number % STATUS_SLOTS;

	model.hashes += by_worker;
	if (model.slot_number[i] != number)
		model.slot[i] = 0;
	model.slot_number[i] = number;
	model.slot[i]++;
}

/* Hashes of the last s seconds, and some more. */
static uint64_t hashes_of(uint64_t s)
{
	uint64_t now = clock_now() / (STATUS_SLOT_S * CLOCK_S), n = 0;

	for (size_t i = 0; i < STATUS_SLOTS; i++)
		if (model.slot_number[i] + s / STATUS_SLOT_S + 2 >= now)
			n += model.slot[i];
	return n;
}

static uint64_t count_of(unsigned i)
{
	const char *stats = (const char *)&world.daemon->pools.stats;

	return *(const uint64_t *)(const void *)(stats + counts[i].offset);
}

void model_status_ask(struct status_asked *ret)
{
	*ret = (struct status_asked){.ns = clock_now()};
	if (!world.daemon)
		return;
	for (unsigned i = 0; i < STATUS_COUNTS; i++)
		ret->counts[i] = count_of(i);
	ret->hashes = model.hashes;
	ret->active = model_active_server();
}

static void check_shares(struct json_object *shares, const struct status_asked *asked)
{
	int64_t overflows = reply_number(shares, "overflows");

	for (unsigned i = 0; i < STATUS_COUNTS; i++) {
		const char *name = counts[i].name;
		bool dropped = !strcmp(name, "found") || !strcmp(name, "dropped");
		int64_t said = reply_number(shares, name) - (dropped ? overflows : 0);

		VIOLATION_IF(said < (int64_t)asked->counts[i] || said > (int64_t)count_of(i),
			     "the status says %s %" PRId64 ", of %" PRIu64 " to %" PRIu64, name,
			     said, asked->counts[i], count_of(i));
	}
}

static void check_rate(struct json_object *rates, const char *name, uint64_t s)
{
	uint64_t up = (clock_now() - world.started_ns) / CLOCK_S;
	uint64_t most = hashes_of(s) / MAX(MIN(s, up), UINT64_C(1)) + 2;

	/* Of the first seconds some hashes make a high rate. */
	VIOLATION_IF(up >= STATUS_SLOT_S && reply_number(rates, name) > (int64_t)most,
		     "the status says %" PRId64 " H/s in %s, of %" PRIu64,
		     reply_number(rates, name), name, most);
}

static void check_hashes(struct json_object *status, const struct status_asked *asked)
{
	struct json_object *rates = reply_get(status, "hashrate");
	int64_t hashes = reply_number(status, "hashes");

	VIOLATION_IF(hashes < (int64_t)asked->hashes || hashes > (int64_t)model.hashes,
		     "the status says %" PRId64 " hashes, of %" PRIu64 " to %" PRIu64, hashes,
		     asked->hashes, model.hashes);
	check_rate(rates, "10s", 10);
	check_rate(rates, "1m", 60);
	check_rate(rates, "15m", 900);
}

/* A login that the pool granted long ago, and nothing was done to it since. */
static bool is_connected(const struct server *server)
{
	const struct connection *connection = server->pool.connections;
	uint64_t calm = clock_now() - STATUS_LOGIN_S * CLOCK_S;

	return !server->node && server->well_ns < calm && server->login_ns < calm &&
	       server->login_ns && connection && connection->authorized && !connection->closing &&
	       connection->issued && world.changed_ns < calm;
}

static void check_pool(struct json_object *pool, const struct server *server, bool active)
{
	const char *state = reply_text(pool, "state");

	VIOLATION_IF(active != (strcmp(state, "active") == 0),
		     "the status says %s of %s, which is %s", state, server->name,
		     active ? "mined on" : "not mined on");
	/* Of one that it has just disconnected the pool does not know yet. */
	VIOLATION_IF(!active && is_connected(server) && strcmp(state, "standby") != 0 &&
			     strcmp(state, "disabled") != 0,
		     "the status says %s of %s, which has granted the login", state, server->name);
}

/* Each has a part of the sum, and the sum may have more: of pools that are gone. */
static void check_part(struct json_object *pools, const char *name, struct json_object *shares)
{
	int64_t sum = 0;

	for (size_t i = 0; i < json_object_array_length(pools); i++)
		sum += reply_number(json_object_array_get_idx(pools, i), name);
	VIOLATION_IF(sum > reply_number(shares, name),
		     "the pools of the status have %" PRId64 " shares %s, of %" PRId64, sum, name,
		     reply_number(shares, name));
}

static void check_pools(struct json_object *status, const struct status_asked *asked)
{
	struct json_object *pools = reply_get(status, "pools");
	const struct server *active = model_active_server();
	const char *name = reply_text(status, "pool");

	check_part(pools, "accepted", reply_get(status, "shares"));
	check_part(pools, "rejected", reply_get(status, "shares"));
	check_part(pools, "stale", reply_get(status, "shares"));
	if (active != asked->active)
		return;
	VIOLATION_IF(strcmp(name, active ? active->name : "") != 0,
		     "the status says that %s is mined on, of %s", *name ? name : "nothing",
		     active ? active->name : "nothing");
	for (size_t i = 0; i < json_object_array_length(pools); i++) {
		struct json_object *pool = json_object_array_get_idx(pools, i);

		for (unsigned k = 0; k < world.n_servers; k++)
			if (strcmp(reply_text(pool, "name"), world.servers[k].name) == 0)
				check_pool(pool, &world.servers[k], &world.servers[k] == active);
	}
}

void model_status(const char *reply, const struct status_asked *asked)
{
	struct json_object *root = json_tokener_parse(reply),
			   *status = reply_get(root, "parameters");

	check_shares(reply_get(status, "shares"), asked);
	check_hashes(status, asked);
	check_pools(status, asked);
	json_object_put(root);
}
