/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The first share of a new job, where it is due sooner than a thread that sleeps can be waked on
 * another CPU: on regtest, and at the difficulties of those who test pools. The io thread then
 * waits for it awake, a moment at most, so that it leaves at once. Io thread.
 */
#include "bitcoin/job.h"
#include "io/ring.h"

struct minerd;

/* job has just been dispatched: waits for its first share at the end of this turn, or does not. */
void first_share_expect(struct minerd *minerd, const struct job *job);

/* minerd's first_share. */
void first_share_on_task(struct ring_task *task);
