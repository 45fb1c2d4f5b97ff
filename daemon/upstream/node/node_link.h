/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The way to a node: user and password, its calls one after the other on one connection, long polls
 * (BIP 22) on a second one, blocks on a third. What its replies mean for the work, node.h knows. Io
 * thread only.
 *
 *	node_link_open -> chain -> template .. -> failed or node_link_close -> closed
 */
#include <stdbool.h>
#include <stdint.h>

#include "config/conf.h"
#include "io/http.h"
#include "upstream/node/chain_info.h"
#include "upstream/node/cookie.h"
#include "upstream/node/node_blocks.h"
#include "upstream/node/node_proxy.h"
#include "upstream/node/reader.h"

enum {
	NODE_LINK_ASKS_MAX = 16, /* headers of blocks that are asked for and wait */
	NODE_LINK_RETRY_MS =
		1000, /* before the next long poll after one that failed or came early */
	NODE_LINK_EARLY_MS = 100,     /* a long poll that ends sooner with nothing new came early */
	NODE_LINK_OVERDUE_MS = 10000, /* until a long poll tells of a block that a call told of */
	NODE_LINK_BUSY_RETRIES = 5,   /* of a call that the node is too busy for, in a row */
	NODE_LINK_CREDENTIALS_MAX = 2 * CONF_TEXT_MAX + 2,
	NODE_LINK_REASON_MAX = 512,
	NODE_LINK_TEMPLATE_BYTES = 48 * 1024 * 1024, /* of a template's reply at most */
	NODE_LINK_REPLY_BYTES = 1024 * 1024,	     /* of any other reply */
};

struct node_link;

struct node_link_handler {
	/* Its answer to the first call. */
	void (*chain)(struct node_link *link, const struct chain_info *chain);
	/* A template, of which the callee may take a reference. */
	void (*template)(struct node_link *link, const struct reading *reading);
	/* A header that was asked for; header: NULL if the node does not know the block. */
	void (*header)(struct node_link *link, const struct target *hash,
		       const struct chain_header *header);
	void (*block_answered)(struct node_link *link, const struct block *block,
			       const struct block_answer *answer);
	/* It is of no use any more: node_link_close() follows from within. */
	void (*failed)(struct node_link *link, const char *reason, bool refused);
	/* After node_link_close(): nothing of it belongs to the kernel or a thread any more. */
	void (*closed)(struct node_link *link);
};

/* What is under way on the connection for calls. */
enum node_link_call {
	NODE_LINK_NOTHING,
	NODE_LINK_CHAIN,
	NODE_LINK_TEMPLATE,
	NODE_LINK_HEADER,
};

struct node_link {
	struct ring *ring;
	const struct conf_pool *conf;
	const struct conf_failover *limits;
	struct tls_context *tls;
	const struct node_link_handler *handler;

	struct http http;
	struct http_request calls, poll;
	struct node_blocks blocks;
	struct cookie cookie;
	struct reader reader;
	bool open;
	int http_error; /* of http_init() */
	struct ring_task begin, finish, broken;
	const char *broken_by; /* reason, while broken is queued */
	bool cookie_again;     /* it was read anew after the node had refused it */
	unsigned ending; /* of http, cookie and reader, what has not ended yet while closing */

	enum node_link_call call;
	uint64_t call_ns; /* clock_now() when it began */
	bool want_template;
	struct target asks[NODE_LINK_ASKS_MAX]; /* the first is under way in NODE_LINK_HEADER */
	unsigned n_asks;
	unsigned busy; /* replies in a row that said so */
	struct ring_timer retry;

	bool signet;	  /* of the chain */
	uint64_t poll_ns; /* when the last long poll began */
	struct ring_timer repoll, overdue;
	char longpollid[TEMPLATE_ID_MAX + 1]; /* of the newest template; "": it offers none */

	char credentials[NODE_LINK_CREDENTIALS_MAX];
	char proxy[NODE_PROXY_MAX];
};

/* All borrowed. Negative errno. */
int node_link_init(struct node_link *link, struct ring *ring, const struct conf_pool *conf,
		   const struct conf_failover *limits, struct tls_context *tls,
		   const struct node_link_handler *handler);

/* When closed, or once the ring has gone. */
void node_link_deinit(struct node_link *link);

/* Only when closed. None of the functions calls failed() from within. */
void node_link_open(struct node_link *link);

/* The texts of the configuration lie elsewhere; only name may differ. In any state. */
void node_link_conf_changed(struct node_link *link);

/* Fails later, for that reason, a constant. Only when open. */
void node_link_break(struct node_link *link, const char *reason);

/* Only when open. */
void node_link_close(struct node_link *link);

/* Asks for a template at once; after chain() or later. Only when open. */
void node_link_want_template(struct node_link *link);

/* Waits for the template after this one, at once or after NODE_LINK_RETRY_MS. Only when open. */
void node_link_poll(struct node_link *link, const char *longpollid, bool at_once);

/*
 * A call told of a new block: a long poll that does not tell of it soon, too, is lost, and is begun
 * anew. Only when open.
 */
void node_link_expect_poll(struct node_link *link);

/* Asks for the header of a block. false: too many wait. Only when open. */
bool node_link_ask(struct node_link *link, const struct target *hash);
