/* SPDX-License-Identifier: MIT */
#pragma once

/* Makes a run that breaks a rule short: leaves out what it does not need to break it. */
#include "run.h"

/* Prints what is left, and the command that repeats it. 0: the run breaks no rule. */
int reduce_run(const struct run *run);
