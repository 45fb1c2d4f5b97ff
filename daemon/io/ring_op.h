/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/*
 * An operation of the ring (ring.h), embedded by its owner. While it is armed it belongs to the
 * kernel: its memory stays, and fn is called exactly once.
 */
struct ring_op {
	/* result: what the system call would have returned, or a negative errno. */
	void (*fn)(struct ring_op *op, int result);
	bool armed;
	bool first; /* called before others that completed with it; set by the owner */
	/* Of ring_no_cqe.h. */
	bool no_cqe; /* it is in the list */
	unsigned size;
	struct ring_op *next;
};
