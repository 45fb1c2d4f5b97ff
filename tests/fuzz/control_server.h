/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The control server of a fuzzer: io.minerd.Miner's methods on a pool, without workers, and with a
 * daemon behind them that only counts. Its clients are varlink_client.h. One at a time.
 */
#include "control/control.h"
#include "fuzz_pool.h"
#include "methods/demand.h"
#include "methods/methods.h"
#include "miner/workers.h"
#include "varlink_client.h"

enum { CONTROL_SERVER_GROUPS = 2, CONTROL_SERVER_RELOADS = 8 };

struct control_server {
	struct fuzz_pool pool;
	struct control control;
	struct methods methods;
	struct demand demand;
	struct found_blocks found; /* none */
	struct conf conf;	   /* of worker groups alone, whose limits are changed */
	struct workers workers;	   /* none */
	int listener;
	unsigned port;
	struct control_ticket reloads[CONTROL_SERVER_RELOADS]; /* that have no reply yet */
	size_t n_reloads;
	bool may_change; /* a trusted client was served */
};

void control_server_begin(struct control_server *server);

/* Connects a client, as root or as an untrusted user; serves it, or refuses it. */
void control_server_connect(struct control_server *server, struct varlink_client *client,
			    bool trusted);

/* Lets so many ms of virtual time pass, and checks what clients can change. */
void control_server_run(struct control_server *server, unsigned ms);

/* Ends the reloads that were asked for. */
void control_server_finish(struct control_server *server, enum control_result result);

/* Nothing may be left. All clients have left. */
void control_server_end(struct control_server *server);
