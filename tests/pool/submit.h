/* SPDX-License-Identifier: MIT */
#pragma once

/* mining.submit: the share's verdict, its event, the reply, and the block it may be. */
#include <json-c/json.h>

struct connection;

void submit_handle(struct connection *connection, struct json_object *id,
		   struct json_object *params);

/* A refusal of any request, in the error form of the moment. */
void submit_refuse(struct connection *connection, struct json_object *id, int code,
		   const char *text);
