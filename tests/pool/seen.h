/* SPDX-License-Identifier: MIT */
#pragma once

/* The hashes of all shares since the last new block, to tell duplicates. One thread. */
#include <stdbool.h>
#include <stddef.h>

#include "number.h"

struct seen {
	struct number *slots; /* a zero number is an empty slot */
	size_t size;	      /* slots, a power of two */
	size_t used;
};

#define SEEN_NULL ((struct seen){})

void seen_deinit(struct seen *seen);
void seen_clear(struct seen *seen);

/* 1: it was there, 0: it is now, -ENOMEM. */
int seen_add(struct seen *seen, const struct number *hash);
