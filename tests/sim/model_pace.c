/* SPDX-License-Identifier: MIT */
/*
 * A pause is between nothing and its bound, which is doubled up to backoff_max. 20 of them are 10
 * times backoff_max in the mean, and a third of that once in many millions.
 */
#include "model_pace.h"

#include <inttypes.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "memory.h"
#include "server.h"
#include "tests/pool/connection.h"
#include "violation.h"
#include "world.h"

enum {
	PACE_MINUTE = 60, /* connections */
	PACE_ATTEMPTS = 20,
	PACE_RISE = 8,	   /* attempts until the bound is at its maximum */
	PACE_WORKED_S = 9, /* a login that works for about so long ends the row */
	PACE_CALM_S = 5,   /* nothing else was done to the daemon when it was refused */
};

static struct pace {
	uint64_t opened_ns[PACE_ATTEMPTS]; /* of the last ones, at their number % PACE_ATTEMPTS */
	uint64_t granted_ns;		   /* of this connection; 0: it is not */
	uint64_t refused_ns;		   /* on this connection; 0: it was not */
	uint64_t rests_until;
	unsigned long failed; /* allocations, when it was opened */
	unsigned number;      /* of this connection */
	unsigned n;	      /* in a row without success */
} paces[SERVER_MAX];

static struct {
	uint64_t minute;
	unsigned n[SERVER_MAX]; /* in it */
} attempts;

void model_pace_begin(void)
{
	memset(paces, 0, sizeof(paces));
}

void model_pace_started(void)
{
	memset(&attempts, 0, sizeof(attempts));
	model_pace_begin();
}

void model_pace_attempt(const struct server *server)
{
	uint64_t minute = clock_now() / (60 * CLOCK_S);

	if (minute != attempts.minute)
		memset(&attempts, 0, sizeof(attempts));
	attempts.minute = minute;
	VIOLATION_IF(++attempts.n[server->index] > PACE_MINUTE,
		     "%s: more than %d connections in a minute", server->name, PACE_MINUTE);
}

void model_pace_opened(const struct server *server, const struct connection *connection)
{
	struct pace *pace = &paces[server->index];
	uint64_t now = clock_now(), first = pace->opened_ns[pace->n % PACE_ATTEMPTS];
	unsigned max = world.in_force.backoff_max;

	VIOLATION_IF(now < pace->rests_until, "%s refused the login and is asked again within %u s",
		     server->name, max / 2);
	VIOLATION_IF(pace->n >= PACE_ATTEMPTS + PACE_RISE && now - first < max * 10 * CLOCK_S / 3,
		     "%s: %d attempts in %" PRIu64 " s with backoff_max of %u s", server->name,
		     PACE_ATTEMPTS, (now - first) / CLOCK_S, max);
	pace->opened_ns[pace->n++ % PACE_ATTEMPTS] = now;
	pace->granted_ns = 0;
	pace->failed = memory_failed();
	pace->number = connection->number;
	pace->refused_ns = 0;
}

void model_pace_authorized(const struct server *server)
{
	paces[server->index].granted_ns = clock_now();
}

void model_pace_refused(const struct server *server)
{
	paces[server->index].refused_ns = clock_now();
}

void model_pace_logged(const char *text)
{
	static const char begins[] = "disconnecting from pool ";

	if (strncmp(text, begins, strlen(begins)) != 0)
		return;
	text += strlen(begins);
	for (unsigned i = 0; i < world.n_servers; i++)
		if (strncmp(text, world.servers[i].name, strlen(world.servers[i].name)) == 0)
			paces[i].number = 0; /* whatever it says until it hears of it */
}

void model_pace_closed(const struct server *server, const struct connection *connection)
{
	struct pace *pace = &paces[server->index];
	uint64_t now = clock_now();

	if (pace->number != connection->number)
		return;
	if (pace->granted_ns && now - pace->granted_ns >= PACE_WORKED_S * CLOCK_S)
		pace->n = 0;
	/* For want of the reply, or of memory, it may have been closed for something else. */
	if (pace->refused_ns && pace->failed == memory_failed() &&
	    strcmp(connection->reason, "closed by the miner") == 0 && now >= server->strange_ns &&
	    now >= world.changed_ns + PACE_CALM_S * CLOCK_S)
		pace->rests_until = pace->refused_ns + world.in_force.backoff_max * CLOCK_S / 2;
}
