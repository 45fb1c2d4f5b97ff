/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Reads the configuration file again, on SIGHUP or by the control socket. What did not change goes
 * on undisturbed; a file with mistakes leaves the running configuration in force. Io thread.
 */
#include <stdbool.h>
#include <stddef.h>

struct minerd;

/* false: refused, and why is logged and in reason. */
bool reload(struct minerd *minerd, char *reason, size_t size);
