/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The names of a test, in the place of the system's: a program that links fake_resolve.c has no
 * daemon/io/resolve.c. A look-up of a name ends in the next iteration of the loop with what
 * fake_resolve() gave last for that name. It fails for a name that was not given.
 */
#include <stddef.h>

#include "io/resolve.h"

enum {
	FAKE_RESOLVE_NAMES = 8,
	FAKE_RESOLVE_HANGS = RESOLVE_ADDRESSES_MAX + 1, /* n of a name that nobody answers for */
};

/*
 * host, which is borrowed, has these n addresses from now on. One whose port is 0 gets that of the
 * look-up.
 */
void fake_resolve(const char *host, const struct resolve_address *addresses, size_t n);

/* No name is known any more. */
void fake_resolve_reset(void);

/* Whether anybody has looked it up since; fake_resolve() must know it. */
bool fake_resolve_asked(const char *host);
