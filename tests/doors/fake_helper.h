/* SPDX-License-Identifier: MIT */
#pragma once

/* Helper threads of a simulated process, in the place of daemon/io/helper.c. */
#include <stdint.h>

/* How many ns of clock_now() each task takes; NULL: 1 ms. */
void fake_helper_begin(uint64_t (*delay)(void));
