/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Messages to the service manager, sd_notify(3). A thread sends them, so that a manager which does
 * not read them blocks nobody. Without $NOTIFY_SOCKET there is no thread, and each function does
 * nothing. Io thread.
 */
#include <stdint.h>

#include "common/outbox.h"

enum {
	NOTIFY_STATUS_MAX = 512,   /* characters of a status; a longer one is cut */
	NOTIFY_QUEUE_SIZE = 16384, /* bytes of messages that wait */
	NOTIFY_BACKLOG_MAX = 1024, /* of these; with more, STATUS and WATCHDOG are skipped */
	NOTIFY_FLUSH_MS = 1000,	   /* how long the manager is waited for at the end */
};

struct notify {
	struct outbox outbox;
	bool wanted; /* $NOTIFY_SOCKET is set */
};

#define NOTIFY_NULL ((struct notify){})

/* If no thread can be started, that is logged, and each call sends by itself. */
void notify_start(struct notify *notify);

/* Waits for at most NOTIFY_FLUSH_MS until all is sent. Idempotent. false: as outbox_stop(). */
bool notify_stop(struct notify *notify);

/* The start, or the reload that notify_reloading() announced, is complete. */
void notify_ready(struct notify *notify);

/* One line for `systemctl status`: control characters in it become spaces. */
void notify_status(struct notify *notify, const char *text);

/* A reload begins; notify_ready() ends it, also where the new configuration was refused. */
void notify_reloading(struct notify *notify);

void notify_stopping(struct notify *notify);

/* The daemon is well: to be called more often than notify_watchdog_interval() says. */
void notify_watchdog(struct notify *notify);

/* ns within which the service manager expects notify_watchdog(); 0: it does not. */
uint64_t notify_watchdog_interval(void);
