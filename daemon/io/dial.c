/* SPDX-License-Identifier: MIT */
/*
 * Invariant: the descriptor of an attempt is open exactly as long as its operation is armed; that
 * of the attempt that wins goes to the owner. All callbacks come from completions, timers or the
 * task, never from within a call of the owner.
 */
#include "io/dial.h"

#include <stdio.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"

static bool dial_armed(const struct dial *dial)
{
	for (size_t i = 0; i < dial->begun; i++)
		if (dial->attempts[i].op.armed)
			return true;
	return false;
}

void dial_close(struct dial *dial)
{
	if (dial->state == DIAL_CLOSED || dial->state == DIAL_CLOSING)
		return;
	dial->state = DIAL_CLOSING;
	resolve_cancel(&dial->resolve);
	ring_timer_stop(dial->ring, &dial->next);
	ring_timer_stop(dial->ring, &dial->deadline);
	for (size_t i = 0; i < dial->begun; i++)
		if (dial->attempts[i].op.armed)
			ring_cancel(dial->ring, &dial->attempts[i].op);
	ring_task_queue(dial->ring, &dial->task);
}

/* The outcome of an attempt: "192.0.2.1 Connection refused". */
static void dial_outcome(const struct dial *dial, size_t i, char *ret, size_t size)
{
	const struct resolve_address *address = &dial->resolve.addresses[i];
	int error = dial->attempts[i].error;
	char text[RESOLVE_TEXT_MAX];

	snprintf(ret, size, "%s %s", resolve_text(text, address),
		 error ? strerror(-error) : "no answer");
}

static bool dial_last_of_family(const struct dial *dial, size_t i)
{
	const struct resolve_address *addresses = dial->resolve.addresses;

	for (size_t k = i + 1; k < dial->begun; k++)
		if (addresses[k].address.ss_family == addresses[i].address.ss_family)
			return false;
	return true;
}

/* Ends the dial. The reason is what happened, and the outcome of each family's last attempt. */
static void dial_fail(struct dial *dial, const char *what)
{
	char reason[DIAL_REASON_MAX];
	const char *separator = ": ";
	size_t n;

	snprintf(reason, sizeof(reason), "%s", what);
	for (size_t i = 0; i < dial->begun; i++) {
		if (!dial_last_of_family(dial, i))
			continue;
		n = strlen(reason);
		snprintf(reason + n, sizeof(reason) - n, "%s", separator);
		n = strlen(reason);
		dial_outcome(dial, i, reason + n, sizeof(reason) - n);
		separator = "; ";
	}
	dial_close(dial);
	dial->handler->failed(dial, reason);
}

/* Begins the next attempt; if that needs a socket that cannot be made, the one after it. */
static void dial_next(struct dial *dial)
{
	while (dial->begun < dial->resolve.n) {
		const struct resolve_address *to = &dial->resolve.addresses[dial->begun];
		struct dial_attempt *attempt = &dial->attempts[dial->begun++];

		attempt->error = 0;
		attempt->fd = socket_open(to->address.ss_family);
		if (attempt->fd < 0) {
			attempt->error = attempt->fd;
			attempt->fd = -1;
			continue;
		}
		ring_connect(dial->ring, &attempt->op, attempt->fd,
			     (const struct sockaddr *)&to->address, to->size);
		ring_timer_in(dial->ring, &dial->next, DIAL_STAGGER_MS * CLOCK_MS);
		return;
	}
	if (!dial_armed(dial))
		dial_fail(dial, "connect");
}

static void dial_on_connect(struct ring_op *op, int result)
{
	struct dial_attempt *attempt = container_of(op, struct dial_attempt, op);
	struct dial *dial = attempt->dial;
	int fd = take_fd(&attempt->fd);

	if (dial->state == DIAL_CONNECTING && result == 0) {
		socket_tune(fd, &dial->limits.socket);
		dial_close(dial);
		dial->handler->connected(dial, fd);
		return;
	}
	socket_close(fd);
	attempt->error = result;
	if (dial->state == DIAL_CONNECTING)
		dial_next(dial);
	else
		ring_task_queue(dial->ring, &dial->task);
}

static void dial_on_next(struct ring_timer *timer)
{
	dial_next(container_of(timer, struct dial, next));
}

static void dial_on_deadline(struct ring_timer *timer)
{
	struct dial *dial = container_of(timer, struct dial, deadline);
	bool resolving = dial->state == DIAL_RESOLVING;
	char what[64];

	snprintf(what, sizeof(what), "no %s within %u s",
		 resolving ? "answer to the look-up of its name" : "connection",
		 resolving ? (unsigned)DIAL_LOOK_UP_MAX : dial->limits.timeout);
	dial_fail(dial, what);
}

/* Alternates the families, RFC 8305, section 4; within each the system's order stays. */
static void dial_interleave(struct resolve_address *addresses, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		size_t other = i;
		struct resolve_address address;

		while (other < n &&
		       addresses[other].address.ss_family == addresses[i - 1].address.ss_family)
			other++;
		if (other == n)
			return; /* there is only one family left */
		address = addresses[other];
		memmove(&addresses[i + 1], &addresses[i], (other - i) * sizeof(*addresses));
		addresses[i] = address;
	}
}

static void dial_connect(struct dial *dial)
{
	dial_interleave(dial->resolve.addresses, dial->resolve.n);
	dial->state = DIAL_CONNECTING;
	ring_timer_in(dial->ring, &dial->deadline, dial->limits.timeout * CLOCK_S);
	dial_next(dial);
}

static void dial_on_resolved(struct resolve *resolve)
{
	struct dial *dial = container_of(resolve, struct dial, resolve);

	if (resolve->n)
		dial_connect(dial);
	else
		dial_fail(dial, resolve->reason);
}

static void dial_on_task(struct ring_task *task)
{
	struct dial *dial = container_of(task, struct dial, task);

	if (dial->state == DIAL_CLOSING && !dial_armed(dial)) {
		dial->state = DIAL_CLOSED;
		dial->handler->closed(dial);
	} else if (dial->state == DIAL_RESOLVING && dial->error) {
		dial_fail(dial, dial->resolve.reason);
	}
}

void dial_init(struct dial *dial, struct ring *ring, struct resolver *resolver,
	       const struct dial_handler *handler)
{
	*dial = (struct dial){
		.ring = ring,
		.resolver = resolver,
		.handler = handler,
		.resolve.fn = dial_on_resolved,
		.next.fn = dial_on_next,
		.deadline.fn = dial_on_deadline,
		.task.fn = dial_on_task,
	};
	for (size_t i = 0; i < ARRAY_SIZE(dial->attempts); i++)
		dial->attempts[i] =
			(struct dial_attempt){.dial = dial, .op.fn = dial_on_connect, .fd = -1};
}

void dial_host(struct dial *dial, const char *host, unsigned port, const struct dial_limits *limits)
{
	assert(dial->state == DIAL_CLOSED);
	dial->state = DIAL_RESOLVING;
	dial->limits = *limits;
	dial->begun = 0;
	dial->error = resolve_start(dial->resolver, &dial->resolve, host, port);
	ring_timer_in(dial->ring, &dial->deadline, DIAL_LOOK_UP_MAX * CLOCK_S);
	if (dial->error)
		ring_task_queue(dial->ring, &dial->task);
}
