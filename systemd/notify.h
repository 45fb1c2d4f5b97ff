/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the daemon tells its service manager, sd_notify(3). Where nobody asked to be told
 * ($NOTIFY_SOCKET is not set) each of these does nothing. Io thread.
 */
#include <stdint.h>

enum { NOTIFY_STATUS_MAX = 512 /* characters of a status; a longer one is cut */ };

/* The start, or the reload told by notify_reloading(), is complete. */
void notify_ready(void);

/* One line for `systemctl status`: control characters in it become spaces. */
void notify_status(const char *text);

/* A reload begins; notify_ready() ends it, also where the new configuration was refused. */
void notify_reloading(void);

void notify_stopping(void);

/* The daemon is well: to be called more often than notify_watchdog_interval() says. */
void notify_watchdog(void);

/* ns within which the service manager wants notify_watchdog(); 0: it does not watch. */
uint64_t notify_watchdog_interval(void);
