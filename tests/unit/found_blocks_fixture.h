/* SPDX-License-Identifier: MIT */
#pragma once

/* A node's answers, a disk and a daemon that is restarted, for tests of state/found_blocks. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/ring.h"
#include "io/store.h"
#include "state/found_blocks.h"

enum { FOUND_BLOCKS_FIXTURE_DIGITS = 2 * 80 + 124 };

struct found_blocks_fixture {
	struct ring ring;
	struct store base; /* of another file in the same directory */
	struct found_blocks found;
	bool no_directory; /* of the next run */

	/* Since the last found_blocks_fixture_begin(). */
	unsigned submitted;
	struct target last; /* the block submitted last */
	bool saved;	    /* its whole file was on the medium then */
	unsigned asked;
	struct target asks[FOUND_BLOCKS_ASKS]; /* the last ones */
	bool deaf;			       /* the node cannot be asked */

	/* Events that were logged; answers: of any verdict. */
	unsigned unsaved, restored, answers, given_up, confirmed, orphaned, back;
	unsigned unreadable, unwritable;

	/* Of the disk. */
	int error;	     /* that each write ends with; 0: none */
	uint64_t fsync_ns;   /* that fsync takes */
	unsigned crash;	     /* the operation that is not done any more; 0: all are */
	unsigned operations; /* begun so far */
	bool crashed;
};

extern struct found_blocks_fixture found_blocks_fixture;

/* An empty disk, and a first run. */
void found_blocks_fixture_begin(void);
void found_blocks_fixture_end(void);

/* The daemon ends where it is, or with power_loss the machine, and is started again. */
void found_blocks_fixture_restart(bool power_loss);

/* Iterates until the disk has nothing to do, or the machine has crashed. */
void found_blocks_fixture_settle(void);

/* Iterates for this long. */
void found_blocks_fixture_pass(uint64_t ns);

/* Block number i at a height, one reference. Its hash is the same each time. */
struct block *found_blocks_fixture_block(unsigned i, uint32_t height);
struct target found_blocks_fixture_hash(unsigned i);

/* A worker finds it, for pool "node" on chain "regtest". */
void found_blocks_fixture_find(unsigned i, uint32_t height);

/* A node answers. */
void found_blocks_fixture_answer(unsigned i, enum block_verdict verdict, const char *text);

/* NULL: it is not in the list. */
const struct found_block *found_blocks_fixture_record(unsigned i);

/* It is in the list, in this state. */
void found_blocks_fixture_check(unsigned i, enum found_block_state state);

/* The best block of chain "regtest", by the node; and what it says of one that was asked for. */
void found_blocks_fixture_tip(uint32_t height);
void found_blocks_fixture_see(unsigned i, int64_t confirmations);

/* Whether a file of the disk has this text. */
bool found_blocks_fixture_file_has(const char *name, const char *text);

/* How many files of blocks there are. */
unsigned found_blocks_fixture_files(void);
