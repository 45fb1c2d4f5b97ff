/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Whether a raise of the difficulty binds at once. By the protocol it binds from the next job on,
 * but some pools judge the shares of older jobs by it too. How this one does is learnt in each
 * login, from what it says of shares that meet the difficulty of their job and not the present one.
 * Pure; times are clock_now(); io thread.
 */
#include <stdbool.h>
#include <stdint.h>

enum {
	DIFFICULTY_RAISE_REJECTS = 2, /* in a row, until it binds at once */
	DIFFICULTY_RAISE_PROBE = 60,  /* s between two shares that probe if it still does */
};

/* Zeroed: a new login. */
struct difficulty_raise {
	unsigned rejects;  /* of such shares, in a row */
	bool at_once;	   /* it binds so */
	uint64_t probe_ns; /* when such a share was sent last */
};

/* The pool accepted such a share, or rejected it as too easy. Whether at_once has changed. */
bool difficulty_raise_learn(struct difficulty_raise *raise, bool accepted, uint64_t now);

/* Only while at_once. Whether such a share is held back; false: it is sent, to probe. */
bool difficulty_raise_holds_back(struct difficulty_raise *raise, uint64_t now);
