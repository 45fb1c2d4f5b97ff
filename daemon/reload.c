/* SPDX-License-Identifier: MIT */
/*
 * load (in the helper) -> place, if the workers change (in the helper; the workers sleep) -> apply.
 * Invariant: the daemon does not change before apply. Of apply only the start of the new workers
 * can fail, and it comes first.
 */
#include "reload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/container.h"
#include "common/log.h"
#include "common/thread.h"
#include "load.h"
#include "methods/limit.h"
#include "miner/placement.h"
#include "pool/pools_configure.h"
#include "systemd/ids.h"

/* The data of the helper thread while it runs. */
struct reload_task {
	struct helper_task task;
	struct reload *reload;
	char *file;
	struct conf conf;
	struct conf_messages messages;
	int loaded; /* of load_conf() */
	struct worker_spec specs[WORKER_SPEC_MAX];
	size_t n_specs;
	int placed; /* of placement_run() */
	struct pools_trust trust;
	size_t not_made; /* pools, of pools_configure() */
	char reason[CONTROL_REASON_MAX];
};

static void reload_free(struct helper_task *helper_task)
{
	struct reload_task *task = container_of(helper_task, struct reload_task, task);

	conf_messages_deinit(&task->messages);
	pools_trust_deinit(&task->trust);
	conf_deinit(&task->conf);
	free(task->file);
	free(task);
}

static void reload_load(struct helper_task *helper_task)
{
	struct reload_task *task = container_of(helper_task, struct reload_task, task);

	task->loaded = load_conf(&task->conf, task->file, NULL, &task->messages);
	if (task->loaded == CONF_OK && placement_split(&task->conf) < 0)
		task->loaded = -ENOMEM;
	if (task->loaded == CONF_OK)
		pools_trust_init(&task->trust, &task->conf);
}

static void reload_place(struct helper_task *helper_task)
{
	struct reload_task *task = container_of(helper_task, struct reload_task, task);

	task->placed = placement_run(task->specs, &task->n_specs, &task->conf);
}

/* Logs all messages; the reply gets the first error and the number of the others. */
static void reload_log_messages(struct reload_task *task)
{
	const struct conf_messages *messages = &task->messages;
	const char *first = NULL;

	for (size_t i = 0; i < messages->n; i++) {
		const struct conf_message *message = &messages->list[i];
		bool error = message->severity != CONF_WARNING;

		log_unlimited(error ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "%s", message->text);
		if (error && !first)
			first = message->text;
	}
	if (first && messages->n_errors > 1)
		snprintf(task->reason, sizeof(task->reason), "%s (and %zu more, see the log)",
			 first, messages->n_errors - 1);
	else if (first)
		snprintf(task->reason, sizeof(task->reason), "%s", first);
}

static void reload_log_result(const struct reload_task *task, bool done)
{
	const struct reload_target *target = &task->reload->target;
	const char *file = target->conf->file;
	char what[CONTROL_REASON_MAX];

	if (done) {
		what[0] = '\0';
		if (task->not_made)
			snprintf(what, sizeof(what), "; %zu pool%s of the file could not be set up",
				 task->not_made, task->not_made == 1 ? "" : "s");
		log_event(task->not_made ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE,
			  LOG_FIELDS({"MESSAGE_ID", ID_RELOADED}, {"MINERD_FILE", file}),
			  "%s: reloaded: %zu pool%s, %zu worker%s%s", file, target->pools->n,
			  target->pools->n == 1 ? "" : "s", target->workers->n,
			  target->workers->n == 1 ? "" : "s", what);
		return;
	}
	/* reload_log_messages() has logged each error with its line. */
	if (task->messages.n_errors)
		snprintf(what, sizeof(what), "%zu error%s", task->messages.n_errors,
			 task->messages.n_errors == 1 ? "" : "s");
	else
		snprintf(what, sizeof(what), "%s", task->reason);
	log_event(LOG_LEVEL_ERROR,
		  LOG_FIELDS({"MESSAGE_ID", ID_RELOAD_FAILED}, {"MINERD_FILE", file},
			     {"MINERD_REASON", task->reason}),
		  "%s: not reloaded: %s; the running configuration stays in force", file, what);
}

static void reload_reply(struct reload *reload, enum control_result result, const char *reason)
{
	struct reload_calls *calls = &reload->asked;

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (calls->waits[i])
			control_finish(reload->target.control, calls->ticket[i], result, reason);
	*calls = (struct reload_calls){};
}

/* Replies to all callers, and starts the reload that was requested meanwhile. */
static void reload_finish(struct reload_task *task, bool done)
{
	struct reload *reload = task->reload;

	reload_log_result(task, done);
	notify_ready(reload->target.notify);
	reload_reply(reload, done ? CONTROL_OK : CONTROL_REFUSED, task->reason);
	reload_free(&task->task);
	reload->asked = reload->later;
	reload->later = (struct reload_calls){};
	if (reload->again && !reload->stopped) {
		reload->again = false;
		reload_begin(reload, NULL);
	}
}

/* Replaces the workers by new ones, and submits the last shares of the old ones. */
static void reload_swap_workers(struct reload *reload, const struct workers *fresh)
{
	struct workers *workers = reload->target.workers;

	workers_stop(workers);
	reload->handler->workers_ended(reload->target.minerd);
	workers_stats_replace(reload->target.stats, workers);
	workers_deinit(workers);
	*workers = *fresh;
}

static void reload_apply(struct reload_task *task)
{
	const struct reload_target *target = &task->reload->target;
	struct conf *conf = &task->conf;
	char changed[CONF_CHANGED_MAX];

	if (conf_changed(target->conf, conf, CONF_CHANGE_RESTART, changed, sizeof(changed)))
		log_warning("%s: restart minerd to apply the new value of %s", conf->file, changed);
	if (!target->verbose)
		log_set_level((enum log_level)conf->log_level);
	task->not_made = pools_configure(target->pools, conf, &task->trust);
	conf_deinit(target->conf);
	*target->conf = *conf;
	*conf = CONF_NULL;
	limit_apply(target->conf, target->workers);
}

/* The workers, which slept, go on as before. */
static void reload_fail_to_place(struct reload_task *task)
{
	struct reload *reload = task->reload;

	reload->measuring = false;
	reload->handler->resume(reload->target.minerd);
	reload_finish(task, false);
}

static void reload_placed(struct helper_task *helper_task)
{
	struct reload_task *task = container_of(helper_task, struct reload_task, task);
	struct reload *reload = task->reload;
	struct workers fresh = WORKERS_NULL;
	int r;

	assert(reload->measuring);
	reload->measuring = false;
	if (reload->stopped) {
		reload_free(helper_task);
		return;
	}
	if (task->placed) {
		snprintf(task->reason, sizeof(task->reason),
			 "the workers cannot be set up, see the log");
		reload_fail_to_place(task);
		return;
	}
	r = workers_init(&fresh, task->specs, task->n_specs,
			 (enum workers_priority)task->conf.priority, reload->target.shares_fd);
	if (r < 0) {
		snprintf(task->reason, sizeof(task->reason), "workers: %s", thread_refusal(r));
		reload_fail_to_place(task);
		return;
	}
	reload_swap_workers(reload, &fresh);
	reload_apply(task);
	reload->handler->resume(reload->target.minerd);
	reload_finish(task, true);
}

static void reload_loaded(struct helper_task *helper_task)
{
	struct reload_task *task = container_of(helper_task, struct reload_task, task);
	struct reload *reload = task->reload;
	int r;

	if (reload->stopped) {
		reload_free(helper_task);
		return;
	}
	reload_log_messages(task);
	if (task->loaded < 0)
		snprintf(task->reason, sizeof(task->reason), "%s: %s", task->file,
			 strerror(-task->loaded));
	if (task->loaded != CONF_OK) {
		reload_finish(task, false);
		return;
	}
	if (!conf_changed(reload->target.conf, &task->conf, CONF_CHANGE_WORKERS, NULL, 0)) {
		reload_apply(task);
		reload_finish(task, true);
		return;
	}
	/* A core that hashes would distort the measurements. */
	reload->measuring = true;
	latency_trace_forget(reload->target.latency);
	workers_idle(reload->target.workers);
	task->task.run = reload_place;
	task->task.done = reload_placed;
	r = helper_start(&reload->helper, &task->task);
	if (r < 0) {
		snprintf(task->reason, sizeof(task->reason), "%s", thread_refusal(r));
		reload_fail_to_place(task);
	}
}

static struct reload_task *reload_task_new(struct reload *reload)
{
	struct reload_task *task = calloc(1, sizeof(*task));

	if (!task)
		return NULL;
	task->reload = reload;
	task->file = strdup(reload->target.conf->file);
	task->task.run = reload_load;
	task->task.done = reload_loaded;
	task->task.drop = reload_free;
	if (task->file)
		return task;
	free(task);
	return NULL;
}

int reload_init(struct reload *reload, struct ring *ring, const struct reload_handler *handler,
		const struct reload_target *target)
{
	*reload = RELOAD_NULL;
	reload->handler = handler;
	reload->target = *target;
	return helper_init(&reload->helper, ring);
}

bool reload_deinit(struct reload *reload)
{
	return helper_deinit(&reload->helper);
}

/* Remembers the call; it replaces one of an earlier client in the same place. */
static void reload_ask(struct reload_calls *calls, const struct control_ticket *ticket)
{
	if (!ticket)
		return;
	assert(ticket->client < CONTROL_CLIENTS_MAX);
	calls->ticket[ticket->client] = *ticket;
	calls->waits[ticket->client] = true;
}

/* There is no file. */
static void reload_refuse(struct reload *reload, const struct control_ticket *ticket)
{
	static const char why[] = "minerd runs on its command line (-o) and has no file to read "
				  "again";

	log_warning("not reloaded: %s", why);
	if (ticket)
		control_finish(reload->target.control, *ticket, CONTROL_REFUSED, why);
}

void reload_begin(struct reload *reload, const struct control_ticket *ticket)
{
	struct reload_task *task;
	int r;

	if (reload->stopped)
		return;
	if (!reload->target.conf->file) {
		reload_refuse(reload, ticket);
		return;
	}
	if (helper_busy(&reload->helper)) {
		reload->again = true;
		reload_ask(&reload->later, ticket);
		return;
	}
	reload_ask(&reload->asked, ticket);
	notify_reloading(reload->target.notify);
	task = reload_task_new(reload);
	if (!task) {
		log_error("%s: not reloaded: %s", reload->target.conf->file, strerror(ENOMEM));
		reload_reply(reload, CONTROL_REFUSED, strerror(ENOMEM));
		notify_ready(reload->target.notify);
		return;
	}
	r = helper_start(&reload->helper, &task->task);
	if (r < 0) {
		snprintf(task->reason, sizeof(task->reason), "%s", thread_refusal(r));
		reload_finish(task, false);
	}
}

void reload_stop(struct reload *reload)
{
	reload->stopped = true;
}
