/* SPDX-License-Identifier: MIT */
#include "excuse.h"

#include <string.h>

#include "common/clock.h"
#include "server.h"
#include "tests/pool/connection.h"
#include "tests/pool/submit.h"
#include "world.h"

enum {
	EXCUSE_CROSSING_S = 3, /* within which news and a share may cross */
	EXCUSE_STOP_S = 60,    /* after a stop of the process */
	EXCUSE_KEPT_S = 600,   /* that a share may be old which is sent again */
};

/* What a pool holds back crosses for so much longer. */
static bool is_within(const struct server *server, uint64_t ns, uint64_t s)
{
	return ns && clock_now() < ns + s * CLOCK_S + server->pool.script.delay_ms * CLOCK_MS;
}

static bool is_recent(const struct server *server, uint64_t ns)
{
	return is_within(server, ns, EXCUSE_CROSSING_S);
}

/* Under the terms before: a worker uses those of its job until it sees the next one. */
static bool was_found_before(const struct server *server, uint64_t ns)
{
	return is_within(server, ns, EXCUSE_CROSSING_S + (world.slow_workers ? WORLD_SLOW_S : 0));
}

bool excuse_share(const struct server *server, const struct connection *connection,
		  const struct judged *judged)
{
	switch (judged->verdict) {
	case VERDICT_PARAMS:
	case VERDICT_VERSION:
		/* One that says no bits has none, which can be said under any mask. */
		if (judged->submission.version_bits ? was_found_before(server, connection->mask_ns)
						    : is_recent(server, connection->mask_ns))
			return true;
		break;
	case VERDICT_STALE:
		/* Found before a break or a stop of the process, in which the pool went on. */
		if (was_found_before(server, server->login_ns) ||
		    is_recent(server, world.resumed_ns))
			return true;
		break;
	case VERDICT_LOW_DIFFICULTY:
		/* Kept over a break, before or in which a raise was bound at once. */
		if (is_recent(server, server->login_ns) &&
		    is_within(server, server->raised_ns, EXCUSE_KEPT_S))
			return true;
		break;
	case VERDICT_ACCEPTED:
	case VERDICT_FORCED:
	case VERDICT_DUPLICATE: /* sent before a break, too: is_first_here() */
		return true;
	default:
		break;
	}
	return clock_now() < server->strange_ns || judged->verified.block ||
	       is_recent(server, judged->late_ns);
}

bool excuse_breach(const struct server *server, const char *what)
{
	bool strange = clock_now() < server->strange_ns;

	/* What was sent before a stop of the process, or on a way that stalls, arrives after it. */
	if (strstr(what, "so soon"))
		return strange || clock_now() - world.changed_ns < EXCUSE_STOP_S * CLOCK_S;
	/* It waits for a reply for a while, which comes later than that on a strange way. */
	return strange && strstr(what, "reply to the last");
}
