/* SPDX-License-Identifier: MIT */
/*
 * Failures are not logged: the daemon mines on when the service manager cannot be reached, and the
 * manager notices what it missed. READY, RELOADING and STOPPING wait until the manager reads them.
 * STATUS and WATCHDOG, which are sent again soon, are skipped while other messages wait, so that a
 * manager which reads again finds few outdated ones.
 */
#include "systemd/notify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/thread.h"

static void notify_on_record(void *context, const void *record, size_t size)
{
	sd_notify(false, record);
}

static void notify_on_lost(void *context, uint64_t n, uint64_t longest_ns)
{
	log_warning("%" PRIu64
		    " message%s to the service manager lost: it accepted none for %.0f s",
		    n, n == 1 ? "" : "s", (double)longest_ns / (double)CLOCK_S);
}

static const struct outbox_handler notify_outbox_handler = {
	.thread_name = "minerd/notify",
	.size = NOTIFY_QUEUE_SIZE,
	.deliver = notify_on_record,
	.lost = notify_on_lost,
};

void notify_start(struct notify *notify)
{
	int r;

	*notify = NOTIFY_NULL;
	notify->wanted = getenv("NOTIFY_SOCKET") != NULL;
	if (!notify->wanted)
		return;
	r = outbox_start(&notify->outbox, &notify_outbox_handler, notify);
	if (r < 0)
		log_warning("service manager: %s; a manager that does not read its socket will "
			    "delay mining",
			    thread_refusal(r));
}

bool notify_stop(struct notify *notify)
{
	notify->wanted = false;
	return outbox_stop(&notify->outbox, NOTIFY_FLUSH_MS * CLOCK_MS);
}

static void notify_send(struct notify *notify, const char *text)
{
	size_t n = strlen(text) + 1;
	char *record;

	if (!notify->wanted)
		return;
	if (!notify->outbox.running) {
		sd_notify(false, text);
		return;
	}
	record = outbox_reserve(&notify->outbox, n);
	if (!record)
		return;
	memcpy(record, text, n);
	outbox_commit(&notify->outbox, n);
}

/* Whether to send a message that is sent again soon. */
static bool notify_has_room(const struct notify *notify)
{
	return !notify->outbox.running || outbox_waiting(&notify->outbox) <= NOTIFY_BACKLOG_MAX;
}

void notify_ready(struct notify *notify)
{
	notify_send(notify, "READY=1");
}

void notify_status(struct notify *notify, const char *text)
{
	char line[sizeof("STATUS=") + NOTIFY_STATUS_MAX];

	snprintf(line, sizeof(line), "STATUS=%s", text);
	/* A line break would begin another assignment, and the text may come from a pool. */
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	if (notify_has_room(notify))
		notify_send(notify, line);
}

void notify_reloading(struct notify *notify)
{
	char line[64];

	/* By the timestamp, Type=notify-reload tells this message from an old one. */
	snprintf(line, sizeof(line), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		 clock_now() / CLOCK_US);
	notify_send(notify, line);
}

void notify_stopping(struct notify *notify)
{
	notify_send(notify, "STOPPING=1");
}

void notify_watchdog(struct notify *notify)
{
	if (notify_has_room(notify))
		notify_send(notify, "WATCHDOG=1");
}

uint64_t notify_watchdog_interval(void)
{
	uint64_t us;

	return sd_watchdog_enabled(false, &us) > 0 ? us * CLOCK_US : 0;
}
