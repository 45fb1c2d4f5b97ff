/* SPDX-License-Identifier: MIT */
#include "io/signals.h"

#include <errno.h>
#include <unistd.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/container.h"

static void signals_read(struct signals *signals)
{
	ring_read(signals->ring, &signals->op, signals->fd, &signals->info, sizeof(signals->info));
}

static void signals_on_read(struct ring_op *op, int result)
{
	struct signals *signals = container_of(op, struct signals, op);

	if (result == (int)sizeof(signals->info))
		signals->on_signal(signals, (int)signals->info.ssi_signo);
	signals_read(signals);
}

int signals_init(struct signals *signals, const sigset_t *set,
		 void (*on_signal)(struct signals *signals, int number))
{
	int fd;

	pthread_sigmask(SIG_BLOCK, set, NULL);
	fd = signalfd(-1, set, SFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	*signals = (struct signals){.fd = fd, .on_signal = on_signal, .op.fn = signals_on_read};
	return 0;
}

void signals_watch(struct signals *signals, struct ring *ring)
{
	assert(signals->fd >= 0 && !signals->ring);
	signals->ring = ring;
	signals_read(signals);
}

void signals_deinit(struct signals *signals)
{
	assert(!signals->ring || !signals->ring->initialized);
	if (signals->fd >= 0)
		close(take_fd(&signals->fd));
}
