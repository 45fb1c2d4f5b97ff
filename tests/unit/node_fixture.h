/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A node (daemon/upstream/node/node.h) in simulated time, and a server that answers its calls as a
 * test wants. One at a time.
 */
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "fake_http.h"
#include "upstream/node/node.h"

enum { NODE_FIXTURE_TEXT = 512 };

/* What the server does, to be changed at any time. */
struct node_fixture_server {
	const char *chain;	      /* of getblockchaininfo */
	const char *password;	      /* after "__cookie__:" or "u:" */
	struct json_object *template; /* owned */
	const char *header;	      /* result of getblockheader, JSON */
	const char *verdict;	      /* result of submitblock, JSON; NULL: no answer */
	const char *error;	      /* JSON of all calls but getblockchaininfo; or NULL */
	const char *poll_error;	      /* no reply to long polls; or NULL */
	unsigned status;	      /* of all calls, with an empty body; 0: none */
	bool polls_end;		      /* long polls do, at once */
	bool refuses;		      /* connections */
	/* Calls so far, and the last long poll. */
	unsigned logins, templates, polls, headers, submits;
	uint64_t poll;
	char submitted[4096]; /* digits of the last block */
};

/* What the handler was told. */
struct node_fixture_events {
	unsigned ready, jobs, answered, lost, closed, blocks, block_answers, seen;
	struct job *job; /* the last one, owned */
	char reason[NODE_FIXTURE_TEXT];
	bool refused;
	struct share_answer answer; /* the last one; its text is not kept */
	struct block *block;	    /* the last one, owned */
	enum block_verdict verdict;
	int64_t confirmations;
};

extern struct node_fixture_server node_server;
extern struct node_fixture_events node_events_seen;
extern struct node node_under_test;
extern struct conf_pool node_conf;

void node_fixture_setup(void);

/* Closes and frees all. */
void node_fixture_teardown(void);

/* The time goes on by so many ms. */
void node_fixture_run(unsigned ms);

/* Connects, and is ready. number: of the login. */
void node_fixture_login(uint64_t number);

/* On testnet4. The parent was made 1000 s before the template: the difficulty falls in 201 s. */
void node_fixture_login_on_testnet(uint64_t number);

/* The next template is on another block; the last long poll gets it. */
void node_fixture_new_block(void);

/* The long poll of that number gets the template as it is. */
void node_fixture_answer(uint64_t poll);

/* A share of the last job with that hash, which is found; *ret holds it. */
void node_fixture_find(struct share *ret, uint32_t hash, bool block);
