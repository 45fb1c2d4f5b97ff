/* SPDX-License-Identifier: MIT */
#include "upstream/stratum/suggestion.h"

#include <math.h>

#include "common/clock.h"
#include "common/hot.h"
#include "upstream/stratum/encode.h"

void suggestion_begin(struct suggestion *suggestion)
{
	suggestion->due = suggestion->unbound = suggestion->checked = false;
	suggestion->sent_ns = 0;
}

HOT void suggestion_set_unbound(struct suggestion *suggestion, bool unbound)
{
	suggestion->unbound = unbound;
}

static void suggestion_send(struct suggestion *suggestion, enum optional_request request)
{
	struct login *login = suggestion->login;
	char line[MESSAGE_SIZE_MAX];
	uint32_t id = login_next_id(login);

	suggestion->due = false;
	if (login->state == SESSION_READY)
		suggestion->sent_ns = clock_now();
	optional_sent(&login->optional, request, id, clock_now());
	login_send(login, "mining.suggest_difficulty", line,
		   encode_suggest_difficulty(line, sizeof(line), id, suggestion->difficulty));
}

void suggestion_send_early(struct suggestion *suggestion)
{
	struct login *login = suggestion->login;

	if (suggestion->difficulty > 0 && !login->resumed &&
	    optional_wanted(&login->optional, OPTIONAL_SUGGEST_EARLY))
		suggestion_send(suggestion, OPTIONAL_SUGGEST_EARLY);
}

/* Whether the last one is so recent that some servers take another one for a flood. */
static bool suggestion_pauses(const struct suggestion *suggestion)
{
	return suggestion->sent_ns &&
	       clock_now() - suggestion->sent_ns < SUGGESTION_PAUSE * CLOCK_S;
}

/* Sends it once nothing speaks against that any more. */
static void suggestion_send_if_due(struct suggestion *suggestion)
{
	if (suggestion->due && suggestion->login->state == SESSION_READY && !suggestion->unbound &&
	    !suggestion_pauses(suggestion))
		suggestion_send(suggestion, OPTIONAL_SUGGEST);
}

void suggestion_set(struct suggestion *suggestion, double difficulty)
{
	suggestion->difficulty = difficulty;
	suggestion->due =
		difficulty > 0 && optional_wanted(&suggestion->login->optional, OPTIONAL_SUGGEST);
	suggestion_send_if_due(suggestion);
}

HOT void suggestion_check(struct suggestion *suggestion)
{
	const struct login *login = suggestion->login;
	double wanted = suggestion->difficulty;
	bool differs = wanted > 0 && fabs(login->terms.difficulty - wanted) > wanted / 1000;

	if (suggestion->checked)
		return;
	/* Once: what the pool does after that is its choice. */
	suggestion->checked = differs || login->newest_job != 0;
	if (differs)
		suggestion_set(suggestion, wanted);
}

void suggestion_on_difficulty(struct suggestion *suggestion)
{
	const struct login *login = suggestion->login;

	suggestion_set_unbound(suggestion, login->newest_job != 0 || login->resumed);
}

HOT void suggestion_on_job(struct suggestion *suggestion)
{
	if (suggestion->login->state != SESSION_READY)
		return;
	suggestion_check(suggestion);
	suggestion_send_if_due(suggestion);
}
