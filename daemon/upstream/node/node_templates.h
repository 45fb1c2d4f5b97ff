/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The templates whose jobs may still bring shares, by login and number, which is the id of their
 * jobs.
 * Bounded in number and in bytes; the newest one is always kept. Io thread only.
 */
#include "upstream/node/template.h"

enum {
	NODE_TEMPLATES_MAX = 16,
	NODE_TEMPLATES_BYTES = 12 * 1024 * 1024, /* of transactions, beside the newest */
};

struct node_templates {
	struct node_template {
		uint64_t session;	   /* of their jobs */
		uint64_t number;	   /* from 1 */
		struct template *template; /* a reference */
	} list[NODE_TEMPLATES_MAX];	   /* from the newest on */
	unsigned n;
};

/* Takes over the reference. number is above all others. */
void node_templates_add(struct node_templates *templates, uint64_t session, uint64_t number,
			struct template *template);

/* Borrowed; NULL: it is not kept. */
struct template *node_templates_find(const struct node_templates *templates, uint64_t session,
				     uint64_t number);

/* Borrowed; NULL: there is none. */
struct template *node_templates_newest(const struct node_templates *templates);

/* Idempotent. */
void node_templates_clear(struct node_templates *templates);
