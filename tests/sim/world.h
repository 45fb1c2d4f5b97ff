/* SPDX-License-Identifier: MIT */
#pragma once

/* Everything of a run: the daemon, the pools, its users, and what is decided by the seed. */
#include "chain.h"
#include "client.h"
#include "fake_events.h"
#include "minerd.h"
#include "server.h"
#include "settings.h"

enum { WORLD_SLOW_S = 8 }; /* until a worker runs, on a machine with too much to do */

struct world {
	struct minerd *daemon; /* NULL: it does not run */
	struct server servers[SERVER_MAX];
	unsigned n_servers;
	struct chain chain;	  /* of its nodes; without a kind: there are none */
	struct settings settings; /* in the daemon's file, to be read at the next reload */
	struct settings in_force; /* that the daemon says it has read */
	struct clients clients;
	struct fake_event next;	 /* what the world does next */
	struct fake_event check; /* of the rules */
	struct fake_event end;	 /* of this run of the daemon */
	uint64_t mean_ns;	 /* between two things that happen */
	uint64_t until_ns;	 /* clock_now() of the end of the last run */
	uint64_t calm_ns;	 /* from then on nothing is done to anybody */
	uint64_t seed;
	uint64_t faults;		 /* that were injected */
	unsigned n_events;		 /* things that happened, or were left out */
	const bool *skip;		 /* RUN_EVENTS_MAX: which are left out; NULL: none */
	const struct scenario *scenario; /* NULL: everything happens at random */
	void (*planned_call)(void);	 /* of a scenario */
	bool killed, stopped;		 /* this run of the daemon; by SIGTERM */
	const struct habit *planned;	 /* of a scenario, for one server */
	unsigned planned_server;
	uint64_t planned_ns, freeze_ns; /* how long the habit lasts; and a stop of the process */

	bool slow_workers;   /* others want their CPUs: they see a job seconds later */
	uint64_t changed_ns; /* when the daemon was started, paused, reloaded or stopped last */
	uint64_t started_ns; /* when this run of it began */
	uint64_t resumed_ns; /* when its process, once stopped, went on */
};

extern struct world world;

/* For scenarios, before the daemon starts: n pools, in their order, all configured. */
void world_resize(unsigned n);

/* One of these becomes a node, on a chain of that name with nbits; without rivals. */
void world_make_node(unsigned server, const char *chain, uint32_t nbits);

/* There are nodes, on a chain by chance. */
void world_begin_chain(void);

/* The process gets SIGTERM, and is started anew. */
void world_stop(void);

/* The process is killed, as by kill -9. */
void world_kill(void);

/* A function of a scenario is called after so many ns, once; it may call this for the next one. */
void world_call_after(uint64_t after_ns, void (*fn)(void));

/* The best server, or the one below it, takes a habit after so many ns, for so many. */
void world_after(uint64_t after_ns, const struct habit *habit, uint64_t ns);
void world_standby_after(uint64_t after_ns, const struct habit *habit, uint64_t ns);

/* The process is stopped for so long, again and again. */
void world_freeze_after(uint64_t after_ns, uint64_t ns);
