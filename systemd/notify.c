/* SPDX-License-Identifier: MIT */
/*
 * Each call sends at most one datagram and keeps nothing. Failures are not told: a daemon mines on
 * when its manager cannot be reached, and the manager notices by itself what it missed.
 */
#include "systemd/notify.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "common/clock.h"

void notify_ready(void)
{
	sd_notify(false, "READY=1");
}

void notify_status(const char *text)
{
	char line[NOTIFY_STATUS_MAX + 1];
	size_t n = strnlen(text, NOTIFY_STATUS_MAX);

	memcpy(line, text, n);
	/* A line break would begin another assignment, and the text may hold a pool's words. */
	for (char *c = line; c < line + n; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	line[n] = '\0';
	sd_notifyf(false, "STATUS=%s", line);
}

void notify_reloading(void)
{
	/* The time stamp is what Type=notify-reload tells an old message from this one by. */
	sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, clock_now() / CLOCK_US);
}

void notify_stopping(void)
{
	sd_notify(false, "STOPPING=1");
}

void notify_watchdog(void)
{
	sd_notify(false, "WATCHDOG=1");
}

uint64_t notify_watchdog_interval(void)
{
	uint64_t us;

	return sd_watchdog_enabled(false, &us) > 0 ? us * CLOCK_US : 0;
}
