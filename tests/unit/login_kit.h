/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One pool with all that it needs, and a small server for it to log in at, on one ring. One at a
 * time.
 */
#include "common/log.h"
#include "pool/pools.h"
#include "pool_kit.h"

struct login_kit {
	struct ring ring;
	struct resolver resolver;
	struct pools *pools; /* owned; of one pool, that rejects three in a row are too many for */
	struct server server;
	struct job *work; /* what is on the workers, borrowed */

	/* The log above level debug. */
	unsigned n_lines;
	const char *watch;	    /* the MESSAGE_ID that is waited for; NULL: none */
	char watched[LOG_TEXT_MAX]; /* its last line, or empty */
};

/* The pool begins to log in; its server gives ids to go on with. */
void login_kit_init(struct login_kit *kit);

/* The same with suggest_difficulty. */
void login_kit_init_suggesting(struct login_kit *kit, double difficulty);

void login_kit_deinit(struct login_kit *kit);

/* With a hash of its own that meets difficulty 1, but no network target of the server's nbits. */
struct share login_kit_share(struct job *job, uint32_t nonce);

/* Finds such a share; or one that is a block. */
void login_kit_give(struct login_kit *kit, struct job *job, uint32_t nonce);
void login_kit_give_block(struct login_kit *kit, struct job *job, uint32_t nonce);

/* They balance, at any moment, of the whole and of the pool. */
void login_kit_check_books(const struct login_kit *kit);
