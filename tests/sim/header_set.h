/* SPDX-License-Identifier: MIT */
#pragma once

/* Headers that were hashed, by their first 64 bits of a good mix of all 80 bytes. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bitcoin/header.h"

struct header_set {
	uint64_t *slots; /* 0: free; owned */
	size_t n, room;	 /* room: a power of two */
};

/* true: it was not there. */
bool header_set_add(struct header_set *set, const uint8_t header[HEADER_SIZE]);

void header_set_clear(struct header_set *set);
