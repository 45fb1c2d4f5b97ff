/* SPDX-License-Identifier: MIT */
#pragma once

/* Which events of a run do not happen: RUN_EVENTS_MAX flags, as text "3,7-12". */
#include <stdbool.h>
#include <stdio.h>

/* Sets the flags that the text lists. On failure, some may be set. */
bool skip_parse(bool *ret, const char *text);

/* " --skip 3,7-12"; nothing if no flag is set. */
void skip_print(FILE *out, const bool *skip);
