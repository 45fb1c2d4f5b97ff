/* SPDX-License-Identifier: MIT */
#pragma once

/* mining.submit: the share's verdict, its event, the reply, and the block it may be. */
#include <json-c/json.h>
#include <stdint.h>

#include "verify.h"

struct connection;
struct issued;

/* What is known of one share when it is judged. Its texts are those of the request. */
struct judged {
	struct submission submission;
	struct issued *issued; /* NULL: no such job */
	struct verified verified;
	enum verdict verdict;
	unsigned again;	  /* how many newer jobs have the same id */
	uint64_t late_ns; /* when that was sent which it was refused for; 0: nothing excuses it */
};

void submit_handle(struct connection *connection, struct json_object *id,
		   struct json_object *params);

/* A refusal of any request, in the error form of the moment. */
void submit_refuse(struct connection *connection, struct json_object *id, int code,
		   const char *text);
