/* SPDX-License-Identifier: MIT */
#include "fake_inside.h"

static void (*on_enter)(void), (*on_leave)(void);

void fake_inside_hook(void (*enter)(void), void (*leave)(void))
{
	on_enter = enter;
	on_leave = leave;
}

void fake_inside_enter(void)
{
	if (on_enter)
		on_enter();
}

void fake_inside_leave(void)
{
	if (on_leave)
		on_leave();
}
