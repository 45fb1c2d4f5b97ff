/* SPDX-License-Identifier: MIT */
#include "status/workers_watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>

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

const char *workers_watch_reason(char ret[WORKERS_WATCH_REASON_MAX], const struct worker *worker)
{
	uint64_t checks = atomic_load_explicit(&worker->failed_checks, memory_order_acquire);
	uint64_t errors = atomic_load_explicit(&worker->hardware_errors, memory_order_relaxed);

	snprintf(ret, WORKERS_WATCH_REASON_MAX,
		 "failed checks of its kernel: %" PRIu64 ", wrong candidates: %" PRIu64, checks,
		 errors - checks);
	return ret;
}

static void workers_watch_take_out(struct workers *workers, struct worker *worker)
{
	char cpu[16], reason[WORKERS_WATCH_REASON_MAX];

	workers_take_out(workers, worker);
	snprintf(cpu, sizeof(cpu), "%u", worker->cpu);
	workers_watch_reason(reason, worker);
	log_event(LOG_LEVEL_ERROR,
		  LOG_FIELDS({"MESSAGE_ID", ID_WORKER_TAKEN_OUT}, {"MINERD_CPU", cpu},
			     {"MINERD_REASON", reason}),
		  "worker on CPU %s: taken out: hardware errors in %d different seconds within %d "
		  "minutes (%s); %zu of %zu workers left",
		  cpu, WORKER_HEALTH_ERRORS, WORKER_HEALTH_WINDOW_S / 60, reason,
		  workers_left(workers), workers->n);
}

/* Logs new errors of a worker, and takes it out after too many. Returns whether it did. */
static bool workers_watch_worker(struct workers *workers, struct worker *worker, uint64_t now)
{
	uint64_t errors = atomic_load_explicit(&worker->hardware_errors, memory_order_relaxed);
	char cpu[16], reason[WORKERS_WATCH_REASON_MAX];

	if (worker->taken_out || errors == worker->health.seen)
		return false;
	snprintf(cpu, sizeof(cpu), "%u", worker->cpu);
	workers_watch_reason(reason, worker);
	log_event(
		LOG_LEVEL_ERROR,
		LOG_FIELDS({"MESSAGE_ID", ID_HARDWARE_ERROR}, {"MINERD_CPU", cpu},
			   {"MINERD_REASON", reason}),
		"worker on CPU %s: hardware error: the CPU is overclocked, too hot, or defective; "
		"since the start: %s",
		cpu, reason);
	if (!worker_health_update(&worker->health, errors, now))
		return false;
	workers_watch_take_out(workers, worker);
	return true;
}

/* Returns whether a worker was taken out. */
static bool workers_watch_errors(struct workers *workers, uint64_t now)
{
	bool taken_out = false;

	for (size_t i = 0; i < workers->n; i++)
		taken_out |= workers_watch_worker(workers, &workers->list[i], now);
	return taken_out;
}

void workers_watch_init(struct workers_watch *watch)
{
	*watch = (struct workers_watch){.interval_ns = notify_watchdog_interval()};
}

bool workers_watch_tick(struct workers_watch *watch, struct workers *workers, struct notify *notify,
			uint64_t now)
{
	workers_watch_feed(watch, workers, notify, now);
	if (!workers_watch_errors(workers, now) || workers_left(workers) > 0)
		return true;
	log_event(LOG_LEVEL_ERROR, LOG_FIELDS({"MESSAGE_ID", ID_NO_WORKERS_LEFT}),
		  "workers: all are taken out after hardware errors: minerd exits with status %d",
		  EX_SOFTWARE);
	notify_status(notify, "all workers are taken out after hardware errors");
	return false;
}
