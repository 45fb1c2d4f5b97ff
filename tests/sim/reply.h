/* SPDX-License-Identifier: MIT */
#pragma once

/* What a reply of the daemon says; a member that is missing is a violation. */
#include <json-c/json.h>
#include <stdint.h>

struct json_object *reply_get(struct json_object *object, const char *key);
int64_t reply_number(struct json_object *object, const char *key);

/* "": null. */
const char *reply_text(struct json_object *object, const char *key);
