/* SPDX-License-Identifier: MIT */
/* Whose turn it is, and what it may cost. */
#include "common/clock.h"
#include "common/container.h"
#include "control/control_parts.h"

enum {
	CONTROL_TURNS = 4, /* of different trusted clients in one iteration of the loop */
	/* CPU time of a turn that is spent elsewhere: waking up twice, receiving, sending. */
	CONTROL_TURN_NS = 80 * 1000,
	/* And of one that found no whole call: to receive many small pieces takes the kernel long.
	 */
	CONTROL_PIECES_NS = 200 * 1000,
};

/* Not before its last reply has left: a client that does not read gets nothing more. */
static bool turn_wanted(const struct control_client *client)
{
	return client->used && client->stream.state == STREAM_OPEN && !client->pending &&
	       (client->ready || client->due) && !stream_unsent(&client->stream);
}

/* The next client after the one that had the last turn; NULL: none wants one. */
static struct control_client *turn_next(struct control *control, bool trusted)
{
	for (unsigned i = 1; i <= CONTROL_CLIENTS_MAX; i++) {
		unsigned at = (control->last_turn[trusted] + i) % CONTROL_CLIENTS_MAX;
		struct control_client *client = &control->clients[at];

		if (client->peer.trusted == trusted && turn_wanted(client))
			return client;
	}
	return NULL;
}

static void turn_take(struct control_client *client)
{
	struct control *control = client->control;

	control->last_turn[client->peer.trusted] = (unsigned)(client - control->clients);
	if (client->ready) {
		client->ready = client->called = false;
		client->ready = stream_step(&client->stream);
	} else {
		client->due = false;
		client->called = true;
		control_continue(client);
	}
}

void control_want_turn(struct control_client *client)
{
	struct control *control = client->control;

	/* The timer may be set for untrusted clients, which wait for their budget. */
	if (!control->closing && (client->peer.trusted || !control->turns.armed))
		ring_timer_at(control->ring, &control->turns, control->ring->now);
}

/* In the next iteration, so that the pools come first. */
static void turns_go_on(struct control *control)
{
	uint64_t now = clock_now();

	if (turn_next(control, true))
		ring_timer_at(control->ring, &control->turns, now + 1);
	else if (turn_next(control, false))
		ring_timer_at(control->ring, &control->turns,
			      now + 1 + token_bucket_wait(&control->call_budget, now));
}

/* A turn of an untrusted client. */
static void turn_charge(struct control_client *client)
{
	struct control *control = client->control;
	uint64_t begin = clock_thread(), cost = CONTROL_TURN_NS;

	turn_take(client);
	if (!client->called)
		cost += CONTROL_PIECES_NS;
	token_bucket_spend(&control->call_budget, clock_thread() - begin + cost);
}

void control_on_turns(struct ring_timer *timer)
{
	struct control *control = container_of(timer, struct control, turns);
	struct control_client *client = turn_next(control, true), *first = client;

	for (unsigned i = 0; i < CONTROL_TURNS && client; i++) {
		turn_take(client);
		client = turn_next(control, true);
		if (client == first)
			break;
	}
	client = turn_next(control, false);
	if (client && token_bucket_wait(&control->call_budget, clock_now()) == 0)
		turn_charge(client);
	turns_go_on(control);
}
