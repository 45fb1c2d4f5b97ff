/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A simulated node: what fake_http.h asks it, and what is wrong with it at the moment. The chain is
 * that of all nodes of the world.
 */
#include <stdbool.h>
#include <stdint.h>

#include "chain.h"
#include "fake_http.h"

enum {
	BITCOIND_CALLS_MAX = 64, /* under way at once */
	BITCOIND_SLOW_MS = 40,	 /* until a reply, at most, when all is well */
	BITCOIND_FORBIDS_MS = 250,
	BITCOIND_BUSY_S = 15,	/* of each such time */
	BITCOIND_STARTS_S = 3,	/* until it listens again */
	BITCOIND_GIVEN_MAX = 8, /* ids of templates that are remembered */
	BITCOIND_ID_TEXT = 64 + 10 + 1,
};

/* What it says to every call, or the way to it does. */
enum bitcoind_mood {
	BITCOIND_WELL,
	BITCOIND_DOWN,	 /* nobody listens */
	BITCOIND_AWAY,	 /* its machine cannot be reached */
	BITCOIND_SILENT, /* no reply ever */
	BITCOIND_CUTS,	 /* half of the replies */
	BITCOIND_HTML,
	BITCOIND_GARBAGE,
	BITCOIND_OTHER_PASSWORD,
	BITCOIND_FORBIDS,
	BITCOIND_WARMS_UP,
	BITCOIND_DOWNLOADS,
	BITCOIND_ALONE, /* without peers */
	BITCOIND_BUSY,	/* its queue is full, two of three times */
	BITCOIND_OTHER_CHAIN,
};

enum bitcoind_polls {
	BITCOIND_POLLS_WELL,
	BITCOIND_POLLS_EARLY, /* they end at once, with nothing new */
	BITCOIND_POLLS_NEVER, /* they do not end, whatever comes */
	BITCOIND_POLLS_FAIL,
	BITCOIND_POLLS_CUT, /* after a while */
};

enum bitcoind_submits {
	BITCOIND_SUBMITS_WELL,
	BITCOIND_SUBMITS_LATE,
	BITCOIND_SUBMITS_SILENT, /* it takes the block, and says nothing */
	BITCOIND_SUBMITS_LOST,	 /* it does not even get the block */
	BITCOIND_SUBMITS_INCONCLUSIVE,
	BITCOIND_SUBMITS_STALE,
	BITCOIND_SUBMITS_BEHIND, /* it does not know the parent yet */
};

struct bitcoind {
	struct chain *chain;
	char url[64];
	char file[32]; /* its cookie's; "": it has a user and a password */
	char password[32];
	enum bitcoind_mood says, way;
	enum bitcoind_polls polls;
	enum bitcoind_submits submits;
	unsigned slow_ms;
	const char *demand; /* JSON members, each with a comma, in place of others; or NULL */
	/* What nodes differ in. */
	bool aux, commits, short_waits;
	unsigned interval; /* the daemon's template_interval */

	struct bitcoind_call {
		uint64_t number; /* of fake_http.h */
		bool poll;
		uint64_t tips; /* chain->n_tips when it came */
	} calls[BITCOIND_CALLS_MAX];
	unsigned n_calls;
	uint64_t back_ns;      /* until then nobody listens */
	unsigned lost;	       /* blocks that were, on the way */
	unsigned minute_calls; /* in the minute that runs */
	uint64_t poll_ns;      /* when a long poll waited last */

	/* The newest template that it gave since the last login. */
	uint32_t told_parent, told_nbits;
	uint64_t told_tips; /* chain->n_tips of it */
	uint64_t told_ns;   /* when its reply is there; UINT64_MAX: there was none */

	/* The ids of long polls of its templates, the newest first. */
	struct bitcoind_given {
		char id[BITCOIND_ID_TEXT];
		uint64_t over_ns; /* when the reply with the next one is there; UINT64_MAX: none */
	} given[BITCOIND_GIVEN_MAX];
	uint64_t given_ns; /* when the newest one was given */
	uint64_t took_ns;  /* when it took a block and said so; 0: never */
};

/* Starts it. index: of its server. */
void bitcoind_begin(struct bitcoind *node, struct chain *chain, unsigned index);
void bitcoind_end(struct bitcoind *node);

/* From now on it has a cookie, and no user. Before the daemon starts. */
void bitcoind_use_cookie(struct bitcoind *node);

/* Its process ends and begins: calls under way are cut, and the cookie is another one. */
void bitcoind_restart(struct bitcoind *node);

/* Calls under way end without a reply. */
void bitcoind_cut(struct bitcoind *node);

/* The best block is another one, or transactions have come: long polls are answered. */
void bitcoind_moved(struct bitcoind *node);

/* A POST for it, as fake_http_serve() wants it. */
void bitcoind_serve(struct bitcoind *node, const struct fake_http_post *post,
		    struct fake_http_answer *ret);
