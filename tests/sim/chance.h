/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The dice of the simulated world. They are not those of the daemon (common/random.h): a daemon
 * that draws one number more still meets the same world.
 */
#include <stdbool.h>
#include <stdint.h>

void chance_seed(uint64_t seed);

/* 0 .. n - 1, all as likely; n > 0. */
uint64_t chance_below(uint64_t n);

/* low .. high. */
uint64_t chance_between(uint64_t low, uint64_t high);

bool chance_one_in(unsigned n);

/* ns until something that happens every so many ns in the mean, at random. */
uint64_t chance_pause(uint64_t mean_ns);
