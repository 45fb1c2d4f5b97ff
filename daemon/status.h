/* SPDX-License-Identifier: MIT */
#pragma once

/* The daemon's state as the control socket's Status() tells it. Io thread. */
#include <json-c/json.h>

#include "minerd.h"

enum { STATUS_LINE_MAX = 256 };

/* A new reference; NULL without memory. */
struct json_object *status_object(struct minerd *minerd);

/* One line for `systemctl status` and the journal: hash rate, pool, shares. */
void status_line(struct minerd *minerd, char ret[STATUS_LINE_MAX]);
