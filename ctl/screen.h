/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The whole window of a terminal, for a program that redraws it. Between screen_enter() and
 * screen_leave() the terminal shows its alternate screen and passes on each key at once; signals
 * are read from signal_fd, so that the terminal is put back as it was found on every way out. One
 * thread.
 *
 *	screen_init -> screen_enter -> screen_show .. -> screen_deinit
 */
#include <termios.h>

#include "ctl/terminal.h"

struct screen {
	struct terminal *term; /* of stdout, borrowed */
	struct termios before; /* modes of the terminal as they were found */
	bool entered;
	int signal_fd; /* signalfd(2) */
};

#define SCREEN_NULL ((struct screen){.signal_fd = -1})

/* Blocks the signals that end, stop or resize a program. Negative errno. */
int screen_init(struct screen *screen, struct terminal *term);

/* Leaves. Idempotent. */
void screen_deinit(struct screen *screen);

/*
 * Takes the window, also again after another program has used it. In the background the process
 * stops until it is in the foreground. Negative errno. After screen_init().
 */
int screen_enter(struct screen *screen);

/* Puts back what screen_enter() changed. Idempotent. */
void screen_leave(struct screen *screen);

/* Leaves and stops the process as SIGTSTP does; returns once it is continued. */
void screen_stop(struct screen *screen);

/*
 * Shows as much of head, body and foot as fits into the window; lines are cut at its right edge.
 * dim: of the body, where there is colour. foot is the lowest line, and says how many lines are not
 * shown. A synchronized update (DEC mode 2026): terminals that know it never show half of it.
 */
void screen_show(const struct screen *screen, const char *head, const char *body, bool dim,
		 const char *foot);
