/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Reads replies to getblocktemplate: small ones at once, large ones, which take milliseconds, in a
 * helper thread. While that works, of those that come only the newest waits. Io thread only.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/helper.h"
#include "upstream/node/rpc.h"
#include "upstream/node/template.h"

enum { READER_INLINE_MAX = 64 * 1024 /* bytes of a reply that take less than a millisecond */ };

/* A reply, and what it says. */
struct reading {
	struct helper_task task; /* first */
	struct reader *reader;
	unsigned status;
	char *body; /* owned */
	size_t size;
	uint64_t asked_ns, received_ns;
	bool long_poll; /* it is the reply to one */

	struct rpc_reply reply;
	struct template *template; /* one reference; NULL: reply or reason says why */
	char reason[TEMPLATE_REASON_MAX];
};

struct reader {
	struct helper helper;
	const struct sha256_code *sha256; /* the best for this CPU, which takes long to ask */
	struct reading *next;		  /* waits for the helper; owned, or NULL */
	bool stopping;
	/* It was read, maybe from within reader_read(); it is freed afterwards. */
	void (*done)(struct reader *reader, struct reading *reading);
	/* After reader_stop(), when nothing is under way. */
	void (*stopped)(struct reader *reader);
};

/* Negative errno. */
int reader_init(struct reader *reader, struct ring *ring,
		void (*done)(struct reader *reader, struct reading *reading),
		void (*stopped)(struct reader *reader));

/* When not busy, or once the ring has gone. false: as helper_deinit(). */
bool reader_deinit(struct reader *reader);

/*
 * Takes over the body; about: status, times and long_poll of a reading. false: there is no memory
 * or no thread for it, and the body is freed.
 */
bool reader_read(struct reader *reader, const struct reading *about, char *body, size_t size);

bool reader_busy(const struct reader *reader);

/* What is under way is not reported; stopped() follows, at once if there is nothing. */
void reader_stop(struct reader *reader);
