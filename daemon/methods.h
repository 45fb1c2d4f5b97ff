/* SPDX-License-Identifier: MIT */
#pragma once

/* The methods of io.minerd.Miner, for the control socket of a struct minerd. Io thread. */
#include "control/control.h"

extern const struct control_interface methods_interface;
