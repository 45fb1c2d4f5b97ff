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
#include "io/tls_store.h"
#include "limit.h"
#include "minerd.h"
#include "seats.h"
#include "systemd/ids.h"

/* All messages go to the log; the first mistake and the number of the others to whoever asked. */
static void reload_log_messages(const struct conf_messages *messages, char *reason, size_t size)
{
	const char *first = NULL;

	for (size_t i = 0; i < messages->n; i++) {
		const struct conf_message *message = &messages->list[i];

		if (message->severity == CONF_WARNING) {
			log_unlimited(LOG_LEVEL_WARNING, "%s", message->text);
			continue;
		}
		log_unlimited(LOG_LEVEL_ERROR, "%s", message->text);
		if (!first)
			first = message->text;
	}
	if (first && messages->n_mistakes > 1)
		snprintf(reason, size, "%s (and %zu more, see the log)", first,
			 messages->n_mistakes - 1);
	else if (first)
		snprintf(reason, size, "%s", first);
}

/* Ends the old workers only when the new ones' seats are settled. */
static bool reload_workers(struct minerd *minerd, const struct conf *conf, char *reason,
			   size_t size)
{
	CLEANUP(cleanup_free)
	struct crew_seat *seats = calloc(CREW_WORKERS_MAX, sizeof(*seats));
	struct crew *crew = &minerd->crew;
	struct job *job;
	size_t n = 0;
	int r;

	/* Seats are settled by measuring, and on a core that works it would come out wrong. */
	crew_idle(crew);
	if (!seats || seats_from_conf(seats, &n, conf) != 0) {
		snprintf(reason, size, "the workers cannot be set up, see the log");
		job = pools_give_job(&minerd->pools);
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
	job = pools_give_job(&minerd->pools);
	if (job && !minerd->paused)
		crew_dispatch(crew, job);
	return true;
}

static bool reload_apply(struct minerd *minerd, struct conf *conf, char *reason, size_t size)
{
	char changed[CONF_CHANGED_MAX];

	/* None are there after a reload whose workers could not be started. */
	if ((!minerd->crew.n_workers ||
	     conf_changed(&minerd->conf, conf, CONF_CHANGE_WORKERS, NULL, 0)) &&
	    !reload_workers(minerd, conf, reason, size))
		return false;
	if (conf_changed(&minerd->conf, conf, CONF_CHANGE_RESTART, changed, sizeof(changed)))
		log_warning("%s: a restart of minerd is needed for the new value of %s", conf->file,
			    changed);
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
	CLEANUP(conf_messages_deinit) struct conf_messages messages = CONF_MESSAGES_NULL;
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	const struct conf_known known = {
		.kernel_names = seats_kernel_names(),
		.address_wrong = address_wrong,
		.certificates_wrong = tls_store_wrong,
	};
	const char *file = minerd->conf.file;
	bool done = false;
	int r;

	notify_reloading(&minerd->notify);
	r = conf_load(&conf, file, &known, &messages);
	reload_log_messages(&messages, reason, size);
	if (r < 0)
		snprintf(reason, size, "%s: %s", file, strerror(-r));
	else if (r == CONF_OK && seats_split(&conf) < 0)
		snprintf(reason, size, "%s", strerror(ENOMEM));
	else if (r == CONF_OK)
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
