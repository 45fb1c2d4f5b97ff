/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The file in which a node leaves user and password for programs of its own machine, made anew at
 * each start of the node: "__cookie__:DIGITS". Read by operations of the ring: opening it never
 * waits, whatever it is. Io thread only.
 */
#include <stdbool.h>
#include <stddef.h>

#include "io/ring.h"

enum { COOKIE_MAX = 512 /* bytes of user, colon and password */, COOKIE_REASON_MAX = 300 };

struct cookie {
	struct ring *ring;
	struct ring_op op;
	/* It was read: text, or NULL with the reason. Not after cookie_cancel(). */
	void (*done)(struct cookie *cookie, const char *text, const char *reason);
	/* After cookie_cancel(): nothing of it belongs to the kernel any more. */
	void (*ended)(struct cookie *cookie);
	const char *path; /* borrowed */
	int fd;		  /* or -1 */
	bool reading, cancelled;
	char text[COOKIE_MAX + 2];
};

void cookie_init(struct cookie *cookie, struct ring *ring,
		 void (*done)(struct cookie *cookie, const char *text, const char *reason),
		 void (*ended)(struct cookie *cookie));

/* When not busy, or once the ring has gone. */
void cookie_deinit(struct cookie *cookie);

/* Begins; not while busy. path must stay until done() or ended(). */
void cookie_read(struct cookie *cookie, const char *path);

bool cookie_busy(const struct cookie *cookie);

/* ended() follows when it is busy; else nothing happens. */
void cookie_cancel(struct cookie *cookie);
