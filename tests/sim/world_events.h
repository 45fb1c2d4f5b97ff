/* SPDX-License-Identifier: MIT */
#pragma once

/* What the world does to the daemon at random, until world.calm_ns. */
#include "fake_events.h"

/* fn of world.next. */
void world_on_next(struct fake_event *event);

/* The daemon or all pools were disturbed: rules that want patience begin to wait anew. */
void world_disturbed(void);
