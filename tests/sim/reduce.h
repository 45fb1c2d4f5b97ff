/* SPDX-License-Identifier: MIT */
#pragma once

/* Makes a run that breaks a rule short: leaves out what it does not need to break the same rule. */
#include "run.h"

/*
 * Prints the end of what is left, and the command that repeats it. Returns an exit status; 0: the
 * run breaks no rule.
 */
int reduce_run(const struct run *run);
