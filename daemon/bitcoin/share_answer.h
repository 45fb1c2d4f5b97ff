/* SPDX-License-Identifier: MIT */
#pragma once

/* What a server says of a share that it was sent, in whichever protocol. */
#include <stdbool.h>
#include <stdint.h>

#include "bitcoin/reject.h"

struct share_answer {
	bool rejected;
	bool no_block; /* accepted as a share alone: nobody got it as the block that it may be */
	enum reject reason;   /* of a rejected one */
	int64_t code;	      /* the server's; 0: it gave none */
	const char *text;     /* the server's, not escaped, "" for none; as valid as the answer */
	uint64_t received_ns; /* clock_now() of the packet that it came in */
	uint64_t reply_ns;    /* from sending the share to that packet */
};
