/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Reads the configuration file again, on SIGHUP or by the control socket. What did not change
 * continues undisturbed, and a reload that fails changes nothing. A helper thread reads files and
 * measures kernels, while the loop continues; workers end only after their successors have started.
 * Io thread.
 */
#include <stdbool.h>
#include <stddef.h>

#include "config/conf.h"
#include "control/control.h"
#include "io/helper.h"
#include "miner/workers.h"
#include "miner/workers_stats.h"
#include "pool/pools.h"
#include "status/latency_trace.h"
#include "systemd/notify.h"

struct minerd; /* the daemon, which only its handler looks into */

struct reload_handler {
	/* The old workers have ended: counts the shares in their queues, sent or not. */
	void (*workers_ended)(struct minerd *minerd);
	/* The workers have slept, or are new: gives them the job that there is. */
	void (*resume)(struct minerd *minerd);
};

/* What a reload changes. All borrowed; it must outlive the reload. */
struct reload_target {
	struct minerd *minerd; /* of the handler */
	struct conf *conf;     /* in force, without its pools */
	struct pools *pools;
	struct workers *workers;
	struct workers_stats *stats;
	struct latency_trace *latency;
	struct control *control;
	struct notify *notify;
	int shares_fd; /* for new workers: eventfd(2) that they write to when they push a share */
	bool verbose;  /* the command line asks for all log messages: log.level changes nothing */
};

/* Calls of Reload() that wait for a reply: at most one of each client. */
struct reload_calls {
	struct control_ticket ticket[CONTROL_CLIENTS_MAX];
	bool waits[CONTROL_CLIENTS_MAX];
};

struct reload {
	const struct reload_handler *handler;
	struct reload_target target;
	struct helper helper;
	bool measuring;			  /* a probe runs: the workers sleep meanwhile */
	bool again;			  /* another reload was requested while one runs */
	bool stopped;			  /* the daemon ends: a reload that runs changes nothing */
	struct reload_calls asked, later; /* of the reload that runs, and of the next one */
};

#define RELOAD_NULL ((struct reload){.helper = HELPER_NULL})

/* handler must outlive the reload. Negative errno. */
int reload_init(struct reload *reload, struct ring *ring, const struct reload_handler *handler,
		const struct reload_target *target);

/* As helper_deinit(). */
bool reload_deinit(struct reload *reload);

/*
 * Starts a reload, or requests another one if one runs. ticket: the call that gets the result, or
 * NULL. The result is logged as well. Does nothing after reload_stop().
 */
void reload_begin(struct reload *reload, const struct control_ticket *ticket);

/* The daemon ends: a reload that runs is dropped when its thread has ended. */
void reload_stop(struct reload *reload);
