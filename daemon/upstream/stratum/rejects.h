/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Shares that a pool rejects in a row. What crosses new work or a new difficulty is no fault, and
 * neither is a block that the pool does not take for a share; but a pool that takes nothing else,
 * or does not know the login, is left. Pure; io thread.
 */
#include <stdbool.h>
#include <stdint.h>

#include "bitcoin/share_answer.h"
#include "config/conf.h"

enum { REJECTS_LOST_LOGIN = 2 /* in a row that say "unauthorized" or "not subscribed" */ };

/* Zeroed: a new login. Each in a row, up to the last accepted share. */
struct rejects {
	unsigned newest;   /* of shares of the newest job that meet the present difficulty */
	unsigned any;	   /* of whatever share that met the difficulty of its job */
	unsigned login;	   /* that say that the pool does not know the login */
	uint64_t since_ns; /* when the first of `any` came .. */
	uint64_t last_ns;  /* .. and the last */
};

enum rejects_verdict { REJECTS_TOLERATED, REJECTS_LOGIN_LOST, REJECTS_TOO_MANY };

/* What is known of the share that was answered. */
struct rejects_share {
	bool meets_job; /* its job's difficulty; else it was sent as a block alone */
	bool newest;	/* it is of the newest job, and meets the present difficulty */
	bool again;	/* it was sent before, and its rejection may say that it was taken then */
};

/* Counts the answer. Of a block that is no share only what it says of the login counts. */
void rejects_count(struct rejects *rejects, const struct share_answer *answer,
		   const struct rejects_share *share);

/* What follows from them. */
enum rejects_verdict rejects_judge(const struct rejects *rejects,
				   const struct conf_failover *limits);
