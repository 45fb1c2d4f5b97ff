/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What pools and the kinds of upstreams have in common: events, settings, and a snapshot for those
 * who watch. It is a part of upstream.h, which pools include, and of upstream_kind.h. Io thread
 * only.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bitcoin/block.h"
#include "bitcoin/share.h"
#include "bitcoin/share_answer.h"
#include "config/conf.h"
#include "io/resolve.h"
#include "io/ring.h"
#include "io/tls.h"

enum {
	UPSTREAM_ADDRESS_MAX = RESOLVE_TEXT_MAX + 8, /* bytes of "[IPv6]:port" and a NUL */
	UPSTREAM_INVALID_MAX = 160, /* characters of why a line is invalid, and of its beginning */
	UPSTREAM_CHAIN_MAX = 32,    /* bytes of the name of a chain, and its NUL */
	UPSTREAM_LEFT_OUT_MAX = 8,  /* optional requests that a kind may leave out */
};

enum upstream_state {
	UPSTREAM_CLOSED,
	UPSTREAM_CONNECTING, /* from the look-up of the name to the end of the login */
	UPSTREAM_READY,	     /* logged in: shares may be submitted */
	UPSTREAM_CLOSING,    /* until closed() */
};

struct upstream;

struct upstream_handler {
	/* Logged in; a job may have come before. */
	void (*ready)(struct upstream *upstream);
	/* New work; the job's only reference goes to the callee, which fills in its sequence. */
	void (*job)(struct upstream *upstream, struct job *job);
	/* The version bits that may be rolled changed, at once: see upstream_remask(). */
	void (*version_mask)(struct upstream *upstream);
	/* share is the one that was given to upstream_submit(). */
	void (*answered)(struct upstream *upstream, const struct share *share,
			 const struct share_answer *answer);
	/* The server asks to come back at host:port, which are always given, in wait seconds. */
	void (*reconnect)(struct upstream *upstream, const char *host, unsigned port,
			  unsigned wait);
	/*
	 * Lost, with the reason; closed() follows. Not called after upstream_close(). refused: the
	 * server does not take user and password, which does not heal by itself.
	 */
	void (*lost)(struct upstream *upstream, const char *reason, bool refused);
	/* Nothing of it belongs to the kernel any more. */
	void (*closed)(struct upstream *upstream);
	/*
	 * Of upstreams whose blocks minerd builds itself, from within upstream_found_block(). The
	 * reference goes to the callee, who keeps the block safe and then calls
	 * upstream_submit_block() of this upstream, and of others. The share that it was, submitted
	 * meanwhile, is answered with the block. Once more from within upstream_submit() of a share
	 * of the login before, which this server is to answer, whatever others have said of it.
	 */
	void (*block)(struct upstream *upstream, struct block *block);
	/* What the server says of a block that was given to upstream_submit_block(), once. */
	void (*block_answered)(struct upstream *upstream, const struct block *block,
			       const struct block_answer *answer);
	/*
	 * After upstream_ask_block(). confirmations: of the block of that hash, 1 for the best
	 * block; -1: it is not in the best chain, or the server does not know it.
	 */
	void (*block_seen)(struct upstream *upstream, const struct target *hash,
			   int64_t confirmations);
};

/* All borrowed; what they point at must outlive the upstream. */
struct upstream_settings {
	struct ring *ring;
	struct resolver *resolver;
	const struct conf_pool *conf; /* may change as CONF_POOL_TUNED says, at any time */
	const struct conf_failover *limits;
	struct tls_context *tls; /* NULL: without TLS */
	struct job_stock *stock; /* memory for its jobs, or NULL */
};

/* What status and log show; by value, but for constant texts. */
struct upstream_snapshot {
	char address[UPSTREAM_ADDRESS_MAX]; /* of the peer, "192.0.2.1:3333"; "": not connected */
	/* Of a login that is ready, else 0 and NULL. */
	const char *tls;	 /* version of TLS; NULL: without */
	uint32_t version_mask;	 /* 0: no bit may be rolled, or none is known for sure */
	bool version_rolling;	 /* the server granted it, be the mask known or not */
	size_t extranonce2_size; /* bytes */
	uint32_t height; /* of the block that is mined, where the server says so; 0: unknown */
	char chain[UPSTREAM_CHAIN_MAX]; /* of a node, as it calls it, escaped; "": unknown */
	/* Over all connections. */
	uint64_t invalid_lines;
	char last_invalid_line[UPSTREAM_INVALID_MAX]; /* escaped; "": there was none */
	/* Requests that the server does not tolerate. */
	const char *left_out[UPSTREAM_LEFT_OUT_MAX];
	unsigned n_left_out;
};

struct upstream_kind;

struct upstream {
	const struct upstream_kind *kind;
	const struct upstream_handler *handler;
	void *self; /* the kind's own; owned */
};
