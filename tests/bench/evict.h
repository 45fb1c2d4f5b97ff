/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Makes caches and TLBs cold, as they are in life when a job comes after seconds of hashing: a walk
 * through memory on each CPU that this thread may use. It takes tens of milliseconds. One thread.
 */
#include <stdbool.h>

/* false: there is no memory, or a CPU is refused. */
bool evict_all(void);
