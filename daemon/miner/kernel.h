/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A kernel scans the nonces of one header, and with version rolling all its rolled versions at
 * once, for hashes whose top bits are zero. Each kernels/kernel_*.c is compiled for one instruction
 * set; call it only after kernel_supported(). Kernels have no globals and know neither job nor
 * target: they report a superset, and the caller hashes each candidate again with the scalar
 * oracle.
 *
 * The registry is kernels/meson.build: every list of kernels comes from it. kernels/lanes.h says
 * how to write a kernel.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bitcoin/header.h"

enum {
	/* Rolled versions that share one message schedule: a multiple of 2, 3 and 4 streams. */
	KERNEL_VERSIONS_MAX = 60,
	KERNEL_HITS_MAX = 64,	       /* candidates that one scan returns at most */
	KERNEL_STATE_SIZE = 24 * 1024, /* bytes, enough for the struct of every kernel */
};

/* What to scan. */
struct kernel_work {
	uint8_t header[HEADER_SIZE];	       /* its version and nonce are ignored */
	uint32_t version[KERNEL_VERSIONS_MAX]; /* complete header versions, all different */
	unsigned n_versions;		       /* 1: no rolling; else up to KERNEL_VERSIONS_MAX */
	uint32_t top_mask;		       /* target_top_mask() */
	uint32_t nonce;			       /* the first one, a multiple of 64 */
	uint64_t n_nonces;		       /* a multiple of 64, up to 2^32: no wrap */
};

struct kernel_hit {
	uint32_t nonce;
	uint32_t version;
};

enum kernel_result {
	KERNEL_MORE,	/* max_hashes are done: call again */
	KERNEL_HITS,	/* candidates were found: call again, no nonce is lost or repeated */
	KERNEL_STOPPED, /* the stop word was not 0 */
	KERNEL_DONE,	/* the work is used up */
};

struct kernel_scan {
	uint64_t hashes; /* done in this call */
	unsigned n_hits; /* in hit[], with KERNEL_HITS */
	struct kernel_hit hit[KERNEL_HITS_MAX];
};

/* Scratch memory of one worker, which holds the kernel's own struct. Embed by value. */
struct kernel_state {
	_Alignas(4096) uint8_t bytes[KERNEL_STATE_SIZE];
};

struct kernel {
	const char *name;  /* as in the configuration and on the command line */
	const char *isa;   /* for people: "AVX-512F", "SHA-NI, SSE4.1" */
	unsigned features; /* of common/cpu.h that the CPU must have */
	/* Computes midstates and whatever else depends on the header alone; rewinds to nonce. */
	void (*prepare)(struct kernel_state *state, const struct kernel_work *work);
	/*
	 * Continues where the last call ended, for about max_hashes (at most one iteration more) or
	 * until an iteration finds candidates, which are returned together. Reads *stop relaxed in
	 * every iteration.
	 */
	enum kernel_result (*scan)(struct kernel_state *state, uint64_t max_hashes,
				   const _Atomic uintptr_t *stop, struct kernel_scan *ret);
	/* The code of prepare(), for a prefetch; NULL: unknown. */
	const void *prepare_begin, *prepare_end;
};

/* All kernels built in, best guess first; ends with NULL. */
const struct kernel *const *kernel_table(void);

/* By name; NULL: it is not built in. */
const struct kernel *kernel_find(const char *name);

/* Whether this CPU and operating system have what the kernel needs. */
bool kernel_supported(const struct kernel *kernel);

/* The names of all kernels, those of other architectures too; ends with NULL. */
const char *const *kernel_names(void);
