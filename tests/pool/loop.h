/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The pool as a program: it listens, reads commands from stdin, and ends at SIGTERM or SIGINT. One
 * thread.
 */
#include "common/line.h"
#include "testpool.h"

struct loop {
	struct testpool pool;
	int listen_fd, signal_fd, stdin_fd; /* stdin_fd -1: ended */
	struct line_buffer commands;
};

/* Listens and has its first work. Negative errno. */
int loop_init(struct loop *loop, const struct options *options);
void loop_deinit(struct loop *loop);

/* Until quit, a signal, or the end of its time. Negative errno. */
int loop_run(struct loop *loop);
