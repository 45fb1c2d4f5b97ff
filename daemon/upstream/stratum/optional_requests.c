/* SPDX-License-Identifier: MIT */
#include "upstream/stratum/optional_requests.h"

#include <stdio.h>

#include "common/assert.h"
#include "common/clock.h"

static const struct {
	const char *name;
	unsigned losses; /* until it is left out of a server's logins that has never answered it */
} optional_table[OPTIONAL_N] = {
	[OPTIONAL_CONFIGURE] = {"mining.configure", 1},
	/* Shares wait for it: a second try costs less than they do. */
	[OPTIONAL_RESUME] = {"the session id in mining.subscribe", 2},
	[OPTIONAL_SUGGEST_EARLY] = {"mining.suggest_difficulty before mining.authorize", 1},
	[OPTIONAL_EXTRANONCE] = {"mining.extranonce.subscribe", 1},
	[OPTIONAL_SUGGEST] = {"mining.suggest_difficulty", 1},
};

const char *optional_name(enum optional_request request)
{
	assert(request < OPTIONAL_N);
	return optional_table[request].name;
}

void optional_names(char ret[OPTIONAL_NAMES_MAX], unsigned set)
{
	size_t n = 0;

	ret[0] = '\0';
	for (unsigned i = 0; i < OPTIONAL_N; i++)
		if (set & 1u << i)
			n += (size_t)snprintf(ret + n, OPTIONAL_NAMES_MAX - n, "%s%s",
					      n ? " and " : "", optional_table[i].name);
	assert(n < OPTIONAL_NAMES_MAX);
}

static bool optional_any_left_out(const struct optional_requests *requests)
{
	for (unsigned i = 0; i < OPTIONAL_N; i++)
		if (requests->state[i].left_out)
			return true;
	return false;
}

static void optional_restore(struct optional_requests *requests)
{
	for (unsigned i = 0; i < OPTIONAL_N; i++)
		requests->state[i].left_out = false;
	requests->proven_ns = 0;
}

bool optional_begin(struct optional_requests *requests, bool resuming, uint64_t now)
{
	for (unsigned i = 0; i < OPTIONAL_N; i++)
		requests->state[i].id = requests->state[i].sent_ns = 0;
	requests->settled_ns = 0;
	requests->n_sent = 0;
	if (resuming || !requests->proven_ns ||
	    now - requests->proven_ns < OPTIONAL_REQUESTS_AGAIN * CLOCK_S)
		return false;
	optional_restore(requests);
	return true;
}

bool optional_wanted(const struct optional_requests *requests, enum optional_request request)
{
	return !requests->state[request].left_out;
}

void optional_sent(struct optional_requests *requests, enum optional_request request, uint32_t id,
		   uint64_t now)
{
	assert(id && optional_wanted(requests, request));
	requests->state[request].id = id;
	requests->state[request].sent_ns = now;
	requests->state[request].order = ++requests->n_sent;
}

enum optional_request optional_answered(struct optional_requests *requests, uint32_t id,
					bool refused)
{
	for (unsigned i = 0; id && i < OPTIONAL_N; i++) {
		struct optional_state *state = &requests->state[i];

		if (state->id != id)
			continue;
		state->id = 0;
		state->answered = true;
		state->refused = refused;
		if (i == OPTIONAL_CONFIGURE)
			requests->configure_late = false;
		return i;
	}
	return OPTIONAL_N;
}

void optional_settle(struct optional_requests *requests, uint64_t now)
{
	requests->settled_ns = now;
}

void optional_proven(struct optional_requests *requests, uint64_t since)
{
	if (!requests->proven_ns && optional_any_left_out(requests))
		requests->proven_ns = since;
}

void optional_leave_out(struct optional_requests *requests, enum optional_request request)
{
	requests->state[request].left_out = true;
	requests->state[request].losses = 0;
	requests->proven_ns = 0;
}

void optional_not_helped(struct optional_requests *requests)
{
	if (!requests->proven_ns)
		optional_restore(requests);
}

/* Whether the end of the connection speaks against a request. */
static bool optional_suspect(const struct optional_requests *requests,
			     const struct optional_state *state, uint64_t now)
{
	return now - state->sent_ns < OPTIONAL_REQUESTS_SETTLE * CLOCK_S &&
	       requests->settled_ns <= state->sent_ns;
}

/*
 * Whether a connection would still end over a request that was sent so long ago. Over one that it
 * has answered, and was not heard to settle after, it would do so soon.
 */
static bool optional_sent_lately(const struct optional_state *state, bool strongly, uint64_t now)
{
	uint64_t seconds = OPTIONAL_REQUESTS_SHORT;

	if (!state->id)
		seconds = strongly ? OPTIONAL_REQUESTS_SETTLE : OPTIONAL_REQUESTS_SOON;
	return state->sent_ns && now - state->sent_ns < seconds * CLOCK_S;
}

/* Whether a request may be to blame at all: a session that was resumed is not. */
static bool optional_may_be_it(const struct optional_requests *requests, unsigned i, bool strongly,
			       uint64_t now)
{
	const struct optional_state *state = &requests->state[i];

	return optional_sent_lately(state, strongly, now) && (state->id || i != OPTIONAL_RESUME) &&
	       !state->left_out && (!strongly || optional_suspect(requests, state, now));
}

static bool optional_any_suspect(const struct optional_requests *requests, uint64_t now)
{
	for (unsigned i = 0; i < OPTIONAL_N; i++)
		if (optional_may_be_it(requests, i, true, now))
			return true;
	return false;
}

/* Requests that the connection has outlived by far start anew. */
static void optional_forgive(struct optional_requests *requests, uint64_t now)
{
	for (unsigned i = 0; i < OPTIONAL_N; i++)
		if (requests->state[i].sent_ns &&
		    !optional_sent_lately(&requests->state[i], true, now))
			requests->state[i].losses = 0;
}

/*
 * Leaves a request out. Not so where the server is away, as what it is behind accepts for it: then
 * mining.configure, which it has tolerated before, is sent late for once, and the session that is
 * lost is forgotten by the caller.
 */
static enum optional_request optional_condemn(struct optional_requests *requests,
					      enum optional_request request, bool away)
{
	if (away && request == OPTIONAL_RESUME) {
		requests->state[request].losses = 0;
		return request;
	}
	if (away && requests->state[request].answered) {
		/* If it speaks next time and goes away over this all the same, that is proof. */
		requests->state[request].losses = OPTIONAL_REQUESTS_LOSSES - 1;
		requests->configure_late |= request == OPTIONAL_CONFIGURE;
		return OPTIONAL_N;
	}
	optional_leave_out(requests, request);
	return request;
}

enum optional_request optional_blame_silence(struct optional_requests *requests, uint64_t heard_ns,
					     bool away)
{
	enum optional_request last = OPTIONAL_N;
	struct optional_state *state;

	for (unsigned i = 0; i < OPTIONAL_N; i++) {
		state = &requests->state[i];
		if (state->id && state->sent_ns >= heard_ns &&
		    (last == OPTIONAL_N || state->order > requests->state[last].order))
			last = i;
	}
	if (last == OPTIONAL_N) {
		optional_not_helped(requests);
		return OPTIONAL_N;
	}
	state = &requests->state[last];
	if (++state->losses <
	    (state->answered ? OPTIONAL_REQUESTS_LOSSES : optional_table[last].losses))
		return OPTIONAL_N;
	return optional_condemn(requests, last, away);
}

/* How many ends in a row speak against it. */
static unsigned optional_limit(const struct optional_requests *requests, unsigned i, bool strongly)
{
	const struct optional_state *state = &requests->state[i];

	return strongly && (!state->answered || state->refused) ? optional_table[i].losses
								: OPTIONAL_REQUESTS_LOSSES;
}

/*
 * Each that was sent before the end counts it, as those after the one in question are not answered
 * either; where the server has gone on after them, the last one alone. Returns them, a bit for
 * each.
 */
static unsigned optional_count_loss(struct optional_requests *requests, bool strongly, uint64_t now)
{
	struct optional_state *state = requests->state;
	unsigned suspects = 0, last = 0;

	for (unsigned i = 0; i < OPTIONAL_N; i++) {
		if (!optional_may_be_it(requests, i, strongly, now))
			continue;
		if (!suspects || state[i].order > state[last].order)
			last = i;
		suspects |= 1u << i;
	}
	if (!strongly)
		suspects &= 1u << last;
	for (unsigned i = 0; i < OPTIONAL_N; i++)
		state[i].losses += suspects >> i & 1;
	return suspects;
}

/* The one sent last of the suspects that have reached their limit. */
static enum optional_request optional_worst(const struct optional_requests *requests,
					    unsigned suspects, bool strongly)
{
	const struct optional_state *state = requests->state;
	enum optional_request worst = OPTIONAL_N;

	for (unsigned i = 0; i < OPTIONAL_N; i++)
		if (suspects & 1u << i &&
		    state[i].losses >= optional_limit(requests, i, strongly) &&
		    (worst == OPTIONAL_N || state[i].order > state[worst].order))
			worst = i;
	return worst;
}

unsigned optional_blame(struct optional_requests *requests, bool early, bool away, uint64_t now)
{
	bool strongly = optional_any_suspect(requests, now);
	unsigned suspects, blamed = 0;
	enum optional_request worst;

	optional_forgive(requests, now);
	suspects = optional_count_loss(requests, strongly, now);
	worst = optional_worst(requests, suspects, strongly);
	if (!suspects && early)
		optional_not_helped(requests);
	/* Which of several it is would take as many losses again to find out. */
	for (unsigned i = 0; i < OPTIONAL_N; i++)
		if (suspects & 1u << i &&
		    (i == worst || requests->state[i].losses >= OPTIONAL_REQUESTS_LOSSES) &&
		    optional_condemn(requests, i, away) != OPTIONAL_N)
			blamed |= 1u << i;
	return blamed;
}
