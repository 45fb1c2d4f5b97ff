/* SPDX-License-Identifier: MIT */
#include "status/workers_watch.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/log.h"
#include "systemd/ids.h"

/* Notifies the watchdog only while every worker that has work advances. */
static void workers_watch_feed(struct workers_watch *watch, struct workers *workers,
			       struct notify *notify, uint64_t now)
{
	char text[16];
	int cpu;

	if (!watch->interval_ns || now < watch->due_ns)
		return;
	watch->due_ns = now + watch->interval_ns / WORKERS_WATCH_CHECKS;
	cpu = workers_stuck(workers);
	if (cpu < 0) {
		notify_watchdog(notify);
		return;
	}
	snprintf(text, sizeof(text), "%d", cpu);
	log_event(LOG_LEVEL_ERROR,
		  LOG_FIELDS({"MESSAGE_ID", ID_WORKER_STUCK}, {"MINERD_CPU", text}),
		  "worker on CPU %d: no progress: the watchdog is not notified", cpu);
}

static void workers_watch_log_errors(struct workers_watch *watch, uint64_t errors)
{
	if (errors == watch->hardware_errors)
		return;
	log_event(LOG_LEVEL_ERROR, LOG_FIELDS({"MESSAGE_ID", ID_HARDWARE_ERROR}),
		  "kernels: %" PRIu64 " wrong results since the last check, %" PRIu64
		  " in total: this machine computes wrongly (overclocked, too hot, or defective)",
		  errors - watch->hardware_errors, errors);
	watch->hardware_errors = errors;
}

void workers_watch_init(struct workers_watch *watch)
{
	*watch = (struct workers_watch){.interval_ns = notify_watchdog_interval()};
}

void workers_watch_tick(struct workers_watch *watch, struct workers *workers,
			const struct workers_stats *stats, struct notify *notify, uint64_t now)
{
	workers_watch_feed(watch, workers, notify, now);
	workers_watch_log_errors(watch, workers_stats_hardware_errors(stats, workers));
}
