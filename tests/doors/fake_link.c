/* SPDX-License-Identifier: MIT */
#include "fake_link.h"

#include "common/assert.h"

enum {
	FAKE_LINKS = 64,
	FAKE_BUFFER = 4 * 1024 * 1024, /* bytes */
};

static struct fake_link links[FAKE_LINKS];
static size_t n_links;

void fake_link_begin(void)
{
	n_links = 0;
}

struct fake_link *fake_link_of(unsigned port)
{
	for (size_t i = 0; i < n_links; i++)
		if (links[i].port == port)
			return &links[i];
	assert(n_links < FAKE_LINKS);
	links[n_links] = (struct fake_link){
		.port = port,
		.latency_min_us = FAKE_LATENCY_MIN_US,
		.latency_max_us = FAKE_LATENCY_MAX_US,
		.buffer = FAKE_BUFFER,
	};
	return &links[n_links++];
}
