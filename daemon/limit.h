/* SPDX-License-Identifier: MIT */
#pragma once

/* The limits of the worker pools: those of the configuration, and those set by hand. Io thread. */
#include "control/control.h"

struct minerd;

/* Puts the limits of the running configuration on the workers. */
void limit_apply(struct minerd *minerd);

/* New limits until the next reload. reason: CONTROL_REASON_MAX characters. */
enum control_result limit_set(struct minerd *minerd, const struct control_limit *limit,
			      char *reason);
