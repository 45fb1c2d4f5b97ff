/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Sends that post no completion (CQE) when all of their bytes have left, so that a send does not
 * wake the loop. Internal to the ring; io thread.
 *
 * What the manual promises: with IOSQE_CQE_SKIP_SUCCESS a request that succeeds posts no CQE, and
 * one that fails does (io_uring_sqe_set_flags(3)); with MSG_WAITALL a short send is a failure, and
 * with MSG_DONTWAIT no part of a send waits (io_uring_enter(2), send(2)).
 *
 * What this rests on besides: such a send is over when io_uring_enter(2) has taken it from the
 * submission queue. If then neither queue holds an entry, and none overflowed, all of its bytes
 * have left and its buffer may be used again. The kernel executes a request that may not wait while
 * it is submitted.
 *
 * How that was checked: tests/unit/test_send.c (short sends, full sockets, peers that are gone,
 * more sends than entries), once with these sends and once without, on Linux 6.18. Linux 5.19 has
 * the flag but loses the count of a short send; so 6.1 is the first that they are used on, which
 * ring_no_cqe_supported() tells by the setup flags that 6.1 introduced.
 *
 * What it is worth: 2 instead of 3 system calls for a job and the share that answers it. It saves
 * no time that can be measured (tests/bench/README.md).
 *
 * How to switch it off: let ring_no_cqe_supported() return false, or clear `enabled` after
 * ring_init(). Each send then has a completion.
 */
#include <stdbool.h>

#include "io/ring_op.h"

struct io_uring;
struct io_uring_sqe;

struct ring_no_cqe {
	bool enabled;	     /* not to be changed once a send is armed */
	bool flush;	     /* the next iteration does not wait */
	struct ring_op *ops; /* armed, and over if no completion comes */
};

/* Whether a ring that was set up with these flags and reports these features may use such sends. */
bool ring_no_cqe_supported(unsigned setup_flags, unsigned features);

/* Fills in the entry for a send, and lists op, which the caller arms. */
void ring_no_cqe_send(struct ring_no_cqe *sends, struct io_uring_sqe *sqe, struct ring_op *op,
		      int fd, const void *buffer, unsigned size);

/* A completion of op came: it failed, or not all of it has left. Nothing if op is not listed. */
void ring_no_cqe_failed(struct ring_no_cqe *sends, struct ring_op *op);

/*
 * Takes out the sends that succeeded, as a list; NULL: none, or it is not known yet. To be called
 * when all completions that are there were taken out.
 */
struct ring_op *ring_no_cqe_take(struct ring_no_cqe *sends, const struct io_uring *uring);
