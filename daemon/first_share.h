/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The first share of a new job, where it is due sooner than a thread that sleeps can be waked on
 * another CPU: on regtest, and at the difficulties of those who test pools. The io thread then
 * stays awake a moment, so that the share leaves at once. Io thread.
 */
#include "bitcoin/job.h"

struct minerd;

/* job has just been dispatched. */
void first_share_expect(struct minerd *minerd, const struct job *job);
