/* SPDX-License-Identifier: MIT */
#include "fake_signals.h"

#include "common/assert.h"
#include "common/container.h"
#include "fake_ring.h"
#include "io/signals.h"

enum { FAKE_SIGNAL_FD = 800000, FAKE_SIGNALS = 64 };

static int pending[FAKE_SIGNALS];
static unsigned n_pending;
static struct signals *watched;

static void on_read(struct ring_op *op, int result)
{
	struct signals *signals = container_of(op, struct signals, op);
	unsigned n = n_pending;

	n_pending = 0;
	for (unsigned i = 0; result > 0 && i < n; i++)
		signals->on_signal(signals, pending[i]);
	ring_read(signals->ring, &signals->op, FAKE_SIGNAL_FD, &signals->info, sizeof(uint64_t));
}

int signals_init(struct signals *signals, const sigset_t *set,
		 void (*on_signal)(struct signals *signals, int number))
{
	*signals = (struct signals){.fd = FAKE_SIGNAL_FD, .on_signal = on_signal, .op.fn = on_read};
	n_pending = 0;
	return 0;
}

void signals_watch(struct signals *signals, struct ring *ring)
{
	assert(!signals->ring);
	signals->ring = ring;
	watched = signals;
	ring_read(ring, &signals->op, FAKE_SIGNAL_FD, &signals->info, sizeof(uint64_t));
}

void signals_deinit(struct signals *signals)
{
	watched = NULL;
	signals->fd = -1;
}

void fake_signal(int number)
{
	assert(n_pending < FAKE_SIGNALS);
	if (!watched)
		return;
	pending[n_pending++] = number;
	fake_ring_wake(FAKE_SIGNAL_FD);
}
