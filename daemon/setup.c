/* SPDX-License-Identifier: MIT */
#include "setup.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sysexits.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/thread.h"
#include "methods/limit.h"
#include "miner/placement.h"

int setup_failed(const char *what, int error)
{
	log_error("%s: %s", what, strerror(error));
	return EX_OSERR;
}

int setup_ring_status(int r)
{
	return r == -EPERM || r == -EACCES || r == -ENOSYS || r == -ENOMEM ? EX_NOPERM : EX_OSERR;
}

int setup_ring(struct ring *ring)
{
	int r = ring_init(ring);

	if (r == 0)
		return 0;
	log_error("io_uring: %s", ring_refusal(r));
	return setup_ring_status(r);
}

int setup_signals(struct signals *signals, void (*handler)(struct signals *signals, int number))
{
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	r = signals_init(signals, &set, handler);
	return r < 0 ? setup_failed("signals", -r) : 0;
}

int setup_workers(struct workers *workers, int *ret_shares_fd, struct conf *conf)
{
	CLEANUP(cleanup_free)
	struct worker_spec *specs = calloc(WORKER_SPEC_MAX, sizeof(*specs));
	size_t n = 0;
	int r;

	if (!specs || placement_split(conf) < 0)
		return setup_failed("workers", ENOMEM);
	/* Not EFD_NONBLOCK: older kernels would end the read of the ring at once. */
	*ret_shares_fd = eventfd(0, EFD_CLOEXEC);
	if (*ret_shares_fd < 0)
		return setup_failed("workers", errno);
	r = placement_run(specs, &n, conf);
	if (r)
		return r;
	r = workers_init(workers, specs, n, (enum workers_priority)conf->priority, *ret_shares_fd);
	if (r < 0) {
		log_error("workers: %s", thread_refusal(r));
		return EX_OSERR;
	}
	limit_apply(conf, workers);
	return 0;
}
