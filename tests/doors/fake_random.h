/* SPDX-License-Identifier: MIT */
#pragma once

/* Random numbers of a test, which begin with a seed; fake_random.c replaces common/random.c. */
#include <stdint.h>

void fake_random_seed(uint64_t seed);
