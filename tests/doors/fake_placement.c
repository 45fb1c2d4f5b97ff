/* SPDX-License-Identifier: MIT */
/*
 * Placement in the place of daemon/miner/placement.c: each worker group has as many workers as its
 * threads_per_core says, all on CPU 0.
 */
#include "common/assert.h"
#include "common/container.h"
#include "miner/placement.h"

int placement_split(struct conf *conf)
{
	return 0;
}

int placement_run(struct worker_spec specs[WORKER_SPEC_MAX], size_t *ret_n, const struct conf *conf)
{
	size_t n = 0;

	for (size_t i = 0; i < conf->n_workers; i++)
		for (unsigned k = 0; k < MAX(conf->workers[i].threads_per_core, 1U); k++)
			specs[n++] = (struct worker_spec){.group = (unsigned)i,
							  .kernel = kernel_find("generic")};
	assert(n > 0);
	*ret_n = n;
	return 0;
}
