/* SPDX-License-Identifier: MIT */
#include "control/control_turns.h"

#include "common/clock.h"
#include "common/container.h"

enum {
	TURNS_TRUSTED = 4, /* of different clients in one iteration of the loop */

	/* The budget of untrusted clients: ns of CPU time earned a second, and saved at most. */
	TURNS_BUDGET_RATE = 3 * 1000 * 1000, /* 0.3 % of a CPU */
	TURNS_BUDGET_MAX = 3 * 1000 * 1000,

	/* ns of CPU time that a turn costs elsewhere: waking up twice, receiving, sending. */
	TURNS_COST = 80 * 1000,
	/* And one without a whole call: it takes the kernel long to receive many small pieces. */
	TURNS_PIECES_COST = 200 * 1000,
};

/* The next client after the one that had the last turn; NULL: none wants one. */
static struct control_client *turns_next(struct control_turns *turns, bool trusted)
{
	for (unsigned i = 1; i <= CONTROL_CLIENTS_MAX; i++) {
		unsigned at = (turns->last[trusted] + i) % CONTROL_CLIENTS_MAX;
		struct control_client *client = &turns->clients->clients[at];

		if (client->peer.trusted == trusted && control_client_wants_turn(client))
			return client;
	}
	return NULL;
}

static void turns_give(struct control_turns *turns, struct control_client *client)
{
	turns->last[client->peer.trusted] = client->ticket.client;
	control_client_take_turn(client);
}

static void turns_give_untrusted(struct control_turns *turns, struct control_client *client)
{
	uint64_t begin = control_budget_begin();

	turns_give(turns, client);
	control_budget_spend(&turns->budget, begin,
			     TURNS_COST + (client->called ? 0 : TURNS_PIECES_COST));
}

static void turns_continue(struct control_turns *turns)
{
	uint64_t now = clock_now();

	if (turns_next(turns, true))
		ring_timer_at(turns->ring, &turns->timer, now + 1);
	else if (turns_next(turns, false))
		ring_timer_at(turns->ring, &turns->timer,
			      now + 1 + control_budget_wait(&turns->budget, now));
}

static void turns_on_timer(struct ring_timer *timer)
{
	struct control_turns *turns = container_of(timer, struct control_turns, timer);
	struct control_client *client = turns_next(turns, true), *first = client;

	for (unsigned i = 0; i < TURNS_TRUSTED && client; i++) {
		turns_give(turns, client);
		client = turns_next(turns, true);
		if (client == first)
			break;
	}
	client = turns_next(turns, false);
	if (client && control_budget_wait(&turns->budget, clock_now()) == 0)
		turns_give_untrusted(turns, client);
	turns_continue(turns);
}

void control_turns_init(struct control_turns *turns, struct ring *ring,
			struct control_clients *clients)
{
	*turns = (struct control_turns){
		.ring = ring,
		.clients = clients,
		.timer.fn = turns_on_timer,
	};
	control_budget_init(&turns->budget, TURNS_BUDGET_RATE, TURNS_BUDGET_MAX, clock_now());
}

void control_turns_want(struct control_turns *turns, const struct control_client *client)
{
	/* The timer may be armed for untrusted clients, which wait for their budget. */
	if (!turns->stopped && (client->peer.trusted || !turns->timer.armed))
		ring_timer_at(turns->ring, &turns->timer, turns->ring->now);
}

void control_turns_stop(struct control_turns *turns)
{
	turns->stopped = true;
	ring_timer_stop(turns->ring, &turns->timer);
}
