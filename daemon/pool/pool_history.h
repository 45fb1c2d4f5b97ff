/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What status shows of a pool's past: since when it is in its state, how often and why it was lost,
 * how long it was mined on. Nothing is decided by it. Times are clock_now(). Io thread.
 */
#include <stdbool.h>
#include <stdint.h>

enum { POOL_HISTORY_TEXT = 512 };

struct pool_history {
	uint64_t state_ns;  /* since when it is in its state, or no longer the active one */
	uint64_t down_ns;   /* since when it is wanted but not usable; 0: it is not so */
	uint64_t active_ns; /* how long it was the active one, before it last became that */
	uint64_t attempts;  /* connections begun */
	uint64_t losses;    /* times that it was usable, and then not any more */
	uint64_t last_loss_ns;
	char last_loss[POOL_HISTORY_TEXT];  /* why it was left, or could not be reached */
	char last_error[POOL_HISTORY_TEXT]; /* that, or why a share was rejected */
};

/* It is in another state. down: it is wanted but not usable. */
void pool_history_state(struct pool_history *history, bool down);

/* It was left, for the reason given. usable: it was usable until then. */
void pool_history_left(struct pool_history *history, const char *reason, bool usable);

/* An attempt failed, a login was lost, or a share rejected. */
void pool_history_error(struct pool_history *history, const char *text);

/* It is no longer the active one, as it was since then. usable: and stays in that state. */
void pool_history_inactive(struct pool_history *history, uint64_t since_ns, bool usable);
