/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Whether functions of the daemon run, or what stands in for its world: a simulator lets
 * allocations of the daemon alone fail. fake_ring.c enters before it calls; a door that allocates
 * for itself leaves meanwhile.
 */
void fake_inside_enter(void);
void fake_inside_leave(void);

/* Called at each of them; NULL: nothing is. */
void fake_inside_hook(void (*enter)(void), void (*leave)(void));
