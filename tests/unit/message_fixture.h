/* SPDX-License-Identifier: MIT */
#pragma once

/* Parses one line of Stratum, which is taken or not, but never without a reason. */
#include <check.h>
#include <string.h>

#include "upstream/stratum/message.h"

static inline int message_fixture_parse(struct message *ret, const char *line)
{
	const char *note = NULL;
	size_t used = 0;
	int r = message_parse(ret, line, strlen(line), &used, &note);

	ck_assert(r == MESSAGE_OK || (r == MESSAGE_INVALID && note));
	ck_assert_uint_le(used, strlen(line));
	return r;
}

/* Fails the test where the line is not taken. */
static inline struct message message_fixture_parsed(const char *line)
{
	struct message message = MESSAGE_NULL;

	ck_assert_msg(message_fixture_parse(&message, line) == MESSAGE_OK, "not taken: %s", line);
	return message;
}
