/* SPDX-License-Identifier: MIT */
#pragma once

/* The pools and servers of choice_fixture.h in a simulated world, fake_ring.h. */
#include "choice_fixture.h"

/* All servers are pools, and one of them stands by; the same from the same seed. */
void simulation_fixture_begin(struct choice_fixture *fixture, uint64_t seed);
void simulation_fixture_begin_with(struct choice_fixture *fixture, uint64_t seed, unsigned standby);

/* After it fake_ring_trace() says what was sent; another may begin. */
void simulation_fixture_end(struct choice_fixture *fixture);
