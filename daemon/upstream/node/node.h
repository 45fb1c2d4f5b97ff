/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One node: its templates (getblocktemplate, BIP 22 and 23) make jobs, shares of these are judged
 * here, and blocks go to the node. A login asks which chain it is, and is ready with the first
 * template; then a long poll (BIP 22) on a connection of its own waits for the next one, and a call
 * every template_interval seconds sees that the node lives. On chains whose difficulty falls 20
 * minutes after the last block (BIP 94, testnet3) a call asks at that moment. Io thread only.
 *
 * A login that follows another one goes on with it: templates and shares stay good over a break.
 */
#include <stdbool.h>
#include <stdint.h>

#include "bitcoin/share.h"
#include "bitcoin/share_answer.h"
#include "config/conf.h"
#include "upstream/node/chain_info.h"
#include "upstream/node/node_link.h"
#include "upstream/node/node_shares.h"
#include "upstream/node/node_templates.h"

enum {
	NODE_MINIMUM_AFTER = 20 * 60, /* s after its parent that a block may be easier (BIP 94) */
	NODE_MINIMUM_EARLY_MS = 1000, /* curtime is a whole second, which may be as good as over */
	NODE_MINIMUM_RETRY_MS = 100,  /* until the node's clock has come so far, too */
	NODE_MINIMUM_RETRIES = 20,
};

/* In place of a time of a parent: after it no moment comes. */
#define NODE_PARENT_UNKNOWN (UINT32_MAX - NODE_MINIMUM_AFTER)

/* Difficulty of shares until the hash rate is known. */
#define NODE_DIFFICULTY 0.01

struct node;

/* As those of an upstream (upstream_base.h). */
struct node_handler {
	void (*ready)(struct node *node);
	void (*job)(struct node *node, struct job *job);
	void (*answered)(struct node *node, const struct share *share,
			 const struct share_answer *answer);
	void (*lost)(struct node *node, const char *reason, bool refused);
	void (*closed)(struct node *node);
	void (*block)(struct node *node, struct block *block);
	void (*block_answered)(struct node *node, const struct block *block,
			       const struct block_answer *answer);
	void (*block_seen)(struct node *node, const struct target *hash, int64_t confirmations);
};

/* All borrowed; what they point at must outlive the node. */
struct node_settings {
	struct ring *ring;
	const struct conf_pool *conf;
	const struct conf_failover *limits;
	struct tls_context *tls; /* of https; NULL: without TLS */
	struct job_stock *stock; /* or NULL */
};

enum node_state { NODE_CLOSED, NODE_CONNECTING, NODE_READY, NODE_CLOSING };

struct node {
	struct node_settings settings;
	const struct node_handler *handler;
	enum node_state state;
	uint64_t session; /* the login's number, or that of the one it goes on with */
	bool kept;	  /* the next login goes on with this one */
	bool resumed;	  /* this login goes on with the last one */
	struct node_link link;

	struct ring_timer refresh; /* the next template without a new block */
	struct ring_timer minimum; /* the moment at which the difficulty falls */
	unsigned minimum_tries;
	struct ring_task answer;  /* shares that wait for their answer */
	struct ring_task reissue; /* the difficulty of shares has changed */

	struct chain_info chain;
	struct node_templates templates;
	uint64_t number;      /* of the last template */
	uint64_t received_ns; /* of the newest template */
	uint32_t parent_time; /* of the newest template's parent; or NODE_PARENT_UNKNOWN */
	uint32_t curtime;     /* of the last reply, whatever it said, */
	uint64_t curtime_ns;  /* which came then */
	double difficulty;    /* of shares */
	uint32_t salt;	      /* no other process on the same node hashes the same headers */
	struct node_shares shares;
};

/* Negative errno. */
int node_init(struct node *node, const struct node_settings *settings,
	      const struct node_handler *handler);

/* When closed, or once the ring has gone. */
void node_deinit(struct node *node);

/* Begins a login of that number, only when closed: the handler reports all else, later. */
void node_connect(struct node *node, uint64_t number);

/* Ends it without lost(); closed() follows. Nothing when closed or closing. */
void node_close(struct node *node);

/* 0: the standard one. A new job follows when ready. */
void node_set_difficulty(struct node *node, double difficulty);

/* settings.conf has what a reload may change without a new login. In any state. */
void node_conf_changed(struct node *node);

bool node_can_submit(const struct node *node);

/* As upstream_submit(). */
bool node_submit(struct node *node, const struct share *share, bool again);

/*
 * A worker found a share that is a block: block() is called, in any state, and for a job of any
 * login. false: its template is not kept, or is another node's; or there is no memory.
 */
bool node_found_block(struct node *node, const struct share *share);

/* false: it is not ready; or there is no memory, or too many wait: then it is lost later. */
bool node_submit_block(struct node *node, struct block *block);

/* Whether blocks are on their way to the node. */
bool node_awaits_block(const struct node *node);

bool node_ask_block(struct node *node, const struct target *hash);

/* Whether its template is still there. */
bool node_takes_job(const struct node *node, const struct job *job);
