/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * assert(3) for what a header demands of its caller, and for what must hold whatever anybody does.
 * It is on in every build: a daemon that goes on with a broken invariant does worse than stop.
 * Never for what a peer, a file or the kernel does.
 */
#ifdef NDEBUG
#error "assertions stay on: build without NDEBUG (meson: -Db_ndebug=false)"
#endif

#include <assert.h>
