/* SPDX-License-Identifier: MIT */
#include "reload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/address.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "common/thread.h"
#include "limit.h"
#include "minerd.h"
#include "seats.h"
#include "systemd/ids.h"

/* All mistakes go to the log; the first and their number to whoever asked. */
static void reload_tell_errors(const struct conf_errors *errors, char *reason, size_t size)
{
	for (size_t i = 0; i < errors->n; i++)
		log_unlimited(LOG_LEVEL_ERROR, "%s", errors->text[i]);
	if (errors->n + errors->omitted > 1)
		snprintf(reason, size, "%s (and %zu more, see the log)", errors->text[0],
			 errors->n + errors->omitted - 1);
	else
		snprintf(reason, size, "%s", errors->n ? errors->text[0] : "unknown");
}

static bool reload_same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool reload_same_workers(const struct conf *a, const struct conf *b)
{
	if (a->n_workers != b->n_workers || a->priority != b->priority)
		return false;
	for (size_t i = 0; i < a->n_workers; i++)
		if (!CPU_EQUAL(&a->workers[i].cpus, &b->workers[i].cpus) ||
		    strcmp(a->workers[i].kernel, b->workers[i].kernel) != 0 ||
		    a->workers[i].threads_per_core != b->workers[i].threads_per_core)
			return false;
	return true;
}

/* Ends the old workers only when the new ones' seats are settled. */
static bool reload_workers(struct minerd *minerd, const struct conf *conf, char *reason,
			   size_t size)
{
	CLEANUP(cleanup_free)
	struct crew_seat *seats = calloc(CREW_WORKERS_MAX, sizeof(*seats));
	struct crew *crew = &minerd->crew;
	struct job *job = minerd->pools.active ? minerd->pools.active->job : NULL;
	size_t n = 0;
	int r;

	/* Seats are settled by measuring, and on a core that works it would come out wrong. */
	crew_idle(crew);
	if (!seats || seats_from_conf(seats, &n, conf) != 0) {
		snprintf(reason, size, "the workers cannot be set up, see the log");
		if (job && !minerd->paused)
			crew_dispatch(crew, job);
		return false;
	}
	/* What the old workers had found goes out; what cannot is booked as dropped. */
	minerd_book_shares(minerd);
	minerd_sample_rates(minerd, clock_now());
	minerd->old_hashes += crew_hashes(crew);
	minerd->old_hardware_errors += crew_hardware_errors(crew);
	minerd->old_overflows += crew_overflows(crew);
	if (minerd->shares_op.armed)
		ring_cancel(&minerd->ring, &minerd->shares_op);
	crew_deinit(crew);
	memset(minerd->worker_rates, 0, sizeof(minerd->worker_rates));
	rate_restart(&minerd->rate);
	minerd->mining_ns = 0;
	r = crew_init(crew, seats, n, (enum crew_priority)conf->priority);
	if (r < 0) {
		log_error("workers: %s; there are none until the next reload", thread_refusal(r));
		snprintf(reason, size, "workers: %s", thread_refusal(r));
		return false;
	}
	minerd_watch_shares(minerd);
	if (job && !minerd->paused)
		crew_dispatch(crew, job);
	return true;
}

static bool reload_apply(struct minerd *minerd, struct conf *conf, char *reason, size_t size)
{
	/* None are there after a reload whose workers could not be started. */
	if ((!minerd->crew.n_workers || !reload_same_workers(&minerd->conf, conf)) &&
	    !reload_workers(minerd, conf, reason, size))
		return false;
	if (strcmp(minerd->conf.control_socket, conf->control_socket) != 0)
		log_warning("the control socket stays %s until minerd is started again",
			    minerd->conf.control_socket);
	if (!reload_same_text(minerd->conf.state_directory, conf->state_directory))
		log_warning("the state stays where it is until minerd is started again");
	if (!minerd->verbose)
		log_set_level((enum log_level)conf->log_level);
	pools_configure(&minerd->pools, conf);
	conf_deinit(&minerd->conf);
	minerd->conf = *conf;
	*conf = CONF_NULL;
	limit_apply(minerd);
	return true;
}

bool reload(struct minerd *minerd, char *reason, size_t size)
{
	CLEANUP(conf_errors_deinit) struct conf_errors errors = CONF_ERRORS_NULL;
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	const struct conf_known known = {seats_kernel_names(), address_wrong};
	const char *file = minerd->conf.file;
	bool done = false;
	int r;

	notify_reloading(&minerd->notify);
	r = conf_load(&conf, file, &known, &errors);
	if (r < 0)
		snprintf(reason, size, "%s: %s", file, strerror(-r));
	else if (r != CONF_OK)
		reload_tell_errors(&errors, reason, size);
	else if (seats_split(&conf) < 0)
		snprintf(reason, size, "%s", strerror(ENOMEM));
	else
		done = reload_apply(minerd, &conf, reason, size);
	if (done)
		log_event(
			LOG_LEVEL_NOTICE,
			LOG_FIELDS({"MESSAGE_ID", ID_RELOADED}, {"MINERD_FILE", minerd->conf.file}),
			"%s is in force: %zu pool%s, %zu worker%s", minerd->conf.file,
			minerd->pools.n, minerd->pools.n == 1 ? "" : "s", minerd->crew.n_workers,
			minerd->crew.n_workers == 1 ? "" : "s");
	else
		log_event(LOG_LEVEL_ERROR,
			  LOG_FIELDS({"MESSAGE_ID", ID_RELOAD_FAILED}, {"MINERD_FILE", file},
				     {"MINERD_REASON", reason}),
			  "%s is not taken over, the running configuration stays in force: %s",
			  file, reason);
	notify_ready(&minerd->notify);
	return done;
}
