/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * assert(3) for the preconditions that a header states, and for invariants. It is on in every
 * build: a daemon that goes on with a broken invariant does more harm than one that stops. Never
 * for what a peer, a file or the kernel does.
 */
#ifdef NDEBUG
#error "assertions stay on: build without NDEBUG (meson: -Db_ndebug=false)"
#endif

#include <assert.h>
