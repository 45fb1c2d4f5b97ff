/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the daemon tells its service manager, sd_notify(3). A thread sends the messages, so that a
 * manager which does not read them stops nobody. Where nobody asked to be told ($NOTIFY_SOCKET is
 * not set) there is no thread, and each of these does nothing. Io thread.
 */
#include <stdint.h>

#include "common/outbox.h"

enum {
	NOTIFY_STATUS_MAX = 512,   /* characters of a status; a longer one is cut */
	NOTIFY_QUEUE_SIZE = 16384, /* bytes of messages that wait */
	NOTIFY_BACKLOG_MAX = 1024, /* of these; with more, a status and the watchdog are left out */
	NOTIFY_FLUSH_MS = 1000,	   /* how long the manager is waited for at the end */
};

struct notify {
	struct outbox outbox;
	bool wanted; /* $NOTIFY_SOCKET is set */
};

#define NOTIFY_NULL ((struct notify){})

/* Where no thread can be started this is logged, and each call sends by itself. */
void notify_start(struct notify *notify);

/* Waits for at most NOTIFY_FLUSH_MS until all is sent. Idempotent. false: as outbox_stop(). */
bool notify_stop(struct notify *notify);

/* The start, or the reload told by notify_reloading(), is complete. */
void notify_ready(struct notify *notify);

/* One line for `systemctl status`: control characters in it become spaces. */
void notify_status(struct notify *notify, const char *text);

/* A reload begins; notify_ready() ends it, also where the new configuration was refused. */
void notify_reloading(struct notify *notify);

void notify_stopping(struct notify *notify);

/* The daemon is well: to be called more often than notify_watchdog_interval() says. */
void notify_watchdog(struct notify *notify);

/* ns within which the service manager wants notify_watchdog(); 0: it does not watch. */
uint64_t notify_watchdog_interval(void);
