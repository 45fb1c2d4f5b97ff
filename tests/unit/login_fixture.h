/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One pool with all that it needs, and a small server for it to log in at, on one ring. One at a
 * time.
 */
#include "common/log.h"
#include "pool/pools.h"
#include "pool_fixture.h"
#include "upstream/stratum/session.h"

struct login_fixture {
	struct ring ring;
	struct resolver resolver;
	struct pools *pools; /* owned; of one pool, that rejects three in a row are too many for */
	struct server server;
	struct job *work;	   /* what is on the workers, borrowed */
	struct job *before;	   /* what was on them; a reference, or NULL */
	double suggest_difficulty; /* of its pool */

	/* The log above level debug. */
	unsigned n_lines;
	const char *watch;	    /* the MESSAGE_ID that is waited for; NULL: none */
	char watched[LOG_TEXT_MAX]; /* its last line, or empty */
};

/* The pool "pool0" begins to log in; its server gives ids to go on with. */
void login_fixture_init(struct login_fixture *fixture);

/* The same with suggest_difficulty. */
void login_fixture_init_suggesting(struct login_fixture *fixture, double difficulty);

void login_fixture_deinit(struct login_fixture *fixture);

struct pool *login_fixture_pool(const struct login_fixture *fixture);

/* With a hash of its own that meets difficulty 1, but no network target of the server's nbits. */
struct share login_fixture_share(struct job *job, uint32_t nonce);

/* What lies behind the pool's upstream. */
struct session *login_fixture_session(const struct login_fixture *fixture);

/* Finds such a share; or one that is a block. */
void login_fixture_give(struct login_fixture *fixture, struct job *job, uint32_t nonce);
void login_fixture_give_block(struct login_fixture *fixture, struct job *job, uint32_t nonce);

/* A job that is not clean, and with it the proof that all before it was read. */
void login_fixture_next_job(struct login_fixture *fixture, const char *id);

/* The server ends the connection, and the work of its login has left the workers. */
void login_fixture_lose(struct login_fixture *fixture);

/*
 * From a login that has work: share 1 of it is on its way when the connection ends, share 2 is
 * found after that. `before` is that work.
 */
void login_fixture_break(struct login_fixture *fixture);

/* Whether the next login will send this request. */
bool login_fixture_wants(const struct login_fixture *fixture, enum optional_request request);

/* They balance, at any moment, of the whole and of the pool. */
void login_fixture_check_accounting(const struct login_fixture *fixture);
