/* SPDX-License-Identifier: MIT */
#pragma once

/* The loop of a fuzzer in the simulated world of tests/doors/fake_ring.h, and its log. */
#include "io/resolve.h"
#include "io/ring.h"

#define FUZZ_WORLD_HOST "pool.example" /* the one name that has an address */

enum { FUZZ_WORLD_ITERATIONS = 100 * 1000 /* in one run: more are a loop without an end */ };

struct fuzz_world {
	struct ring ring;
	struct resolver resolver;
};

/* The same world each time. Every message that is logged is checked: one line, printable. */
void fuzz_world_begin(struct fuzz_world *world);

/* Iterates the loop for so many ms of virtual time. */
void fuzz_world_run(struct fuzz_world *world, unsigned ms);

/* Nothing may be armed or queued any more. */
void fuzz_world_end(struct fuzz_world *world);
