/* SPDX-License-Identifier: MIT */
/*
 * A pool's Stratum session and its shares against a server that says anything. The first byte of
 * the input is the pool's settings (fuzz_pool.h). Each line after it is sent by the server, with @
 * for the id of the oldest request without a reply; a line that begins with ! does something else,
 * see act().
 */
#include <string.h>

#include "common/clock.h"
#include "fuzz.h"
#include "fuzz_pool.h"

enum {
	SESSION_RETRY_MS = 3000,  /* until the pool has connected again, most often */
	SESSION_TIME_S = 20 * 60, /* of virtual time; what would come later is left out .. */
	SESSION_LINES_MAX = 256,  /* .. and so is what would be more lines */
};

static struct session_fuzz {
	struct fuzz_pool pool;
	bool quick; /* no time passes between two lines */
} fuzz;

static void act(char what, uint8_t how)
{
	struct pools *pools = fuzz.pool.pools;

	switch (what) {
	case 's':
		fuzz_pool_find(&fuzz.pool, 1 + (how & 15), how >> 4 & 3);
		break;
	case 'S': /* more than can be in flight */
		fuzz_pool_find(&fuzz.pool, how * 4u, FUZZ_POOL_SHARE);
		break;
	case 't':
		fuzz_pool_run(&fuzz.pool, 1u << (how & 15));
		break;
	case 'o':
		stratum_server_forget(&fuzz.pool.server);
		break;
	case 'x':
		stratum_server_close(&fuzz.pool.server);
		break;
	case 'c':
		fuzz.pool.server.cut = how & 63;
		break;
	case 'q':
		fuzz.quick = how & 1;
		break;
	case 'u':
		pools_job_used_up(pools);
		break;
	case 'r':
		pools_set_rate(pools, how * 1e9);
		break;
	case 'w':
		pools_switch(pools, "pool");
		break;
	case 'l':
		pools->limits.job_timeout = 1u + how;
		pool_limits_changed(pools->order[0]);
		break;
	default:
		break;
	}
}

/* A line of the input, with its end if it has one. */
static void step(const char *line, size_t n)
{
	if (n > 1 && line[0] == '!') {
		act(line[1], n > 2 ? (uint8_t)line[2] : 0);
	} else {
		if (fuzz.pool.server.fd < 0)
			fuzz_pool_run(&fuzz.pool, SESSION_RETRY_MS);
		stratum_server_say(&fuzz.pool.server, line, n);
	}
	if (!fuzz.quick)
		fuzz_pool_run(&fuzz.pool, FUZZ_POOL_STEP_MS);
	upstream_model_check(&fuzz.pool.model, fuzz.pool.pools);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	unsigned lines = 0;
	uint64_t until;

	fuzz.quick = false;
	fuzz_pool_begin(&fuzz.pool, size ? data[0] : 0);
	until = clock_now() + SESSION_TIME_S * CLOCK_S;
	fuzz_pool_run(&fuzz.pool, FUZZ_POOL_STEP_MS);
	for (size_t at = 1, n; at < size; at += n) {
		const char *end = memchr(text + at, '\n', size - at);

		n = end ? (size_t)(end - text) + 1 - at : size - at;
		if (lines++ == SESSION_LINES_MAX || clock_now() > until)
			break;
		step(text + at, n);
	}
	fuzz_pool_end(&fuzz.pool);
	return 0;
}
