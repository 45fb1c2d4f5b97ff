/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A server of HTTP in a simulated process, in the place of daemon/io/http.c: a function of the test
 * answers each POST, by a timer of the ring. Two runs are the same, on fake_ring.h or a real ring.
 */
#include <stddef.h>
#include <stdint.h>

#include "io/http.h"

#define FAKE_HTTP_NEVER UINT64_MAX /* a delay: until the request times out or is cancelled */

/* What was posted; borrowed for the call. */
struct fake_http_post {
	const char *url;
	const char *credentials; /* or NULL */
	const char *body;	 /* with a NUL behind it */
	size_t size;
	unsigned timeout; /* s; 0: none */
	uint64_t number;  /* of the request, from 1; of no other one */
};

struct fake_http_answer {
	uint64_t delay;	   /* ns until the answer is there */
	const char *error; /* in place of a reply; copied, HTTP_REASON_MAX */
	bool refused;	   /* with error */
	unsigned status;   /* of a reply */
	char *body;	   /* to free(3); NULL: empty */
	size_t size;
};

/*
 * Requests that begin from now on are answered by with, called from within http_post(), which may
 * call no function of http.h. ret is 0 at first.
 */
void fake_http_serve(void (*with)(void *context, const struct fake_http_post *post,
				  struct fake_http_answer *ret),
		     void *context);

/*
 * Answers a request under way, whatever serve() said of it: body as there. false: it has ended, and
 * the body is freed. From within serve() only of another request.
 */
bool fake_http_answer(uint64_t number, const struct fake_http_answer *answer);

/* Whether there is no memory for a request that begins from now on. */
void fake_http_fail(bool fails);

/* Requests under way, of all; and whether that one is. */
size_t fake_http_busy(void);
bool fake_http_is_busy(uint64_t number);
