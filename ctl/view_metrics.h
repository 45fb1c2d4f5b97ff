/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The status in Prometheus's text format, version 0.0.4: always UTF-8. A member that the daemon
 * does not have is skipped: its version may differ. Output only; one thread.
 */
#include <json-c/json.h>
#include <stdio.h>

void view_metrics(FILE *out, struct json_object *status);
