/* SPDX-License-Identifier: MIT */
/* config/: any file is a configuration within its bounds, or is refused with a reason. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bitcoin/address.h"
#include "config/conf.h"
#include "fuzz.h"

static void check(const struct conf *conf)
{
	assert(conf->n_pools > 0 && conf->n_pools <= CONF_POOLS_MAX);
	assert(conf->n_workers <= CONF_WORKERS_MAX && conf->control_socket);
	for (size_t i = 0; i < conf->n_pools; i++) {
		const struct conf_pool *pool = &conf->pools[i];

		assert(pool->url && pool->name && pool->user && pool->password && pool->user_agent);
		assert(pool->host && pool->host[0] && strlen(pool->host) <= CONF_HOST_MAX);
		assert(pool->port > 0 && pool->port < 65536);
		assert(conf_pool_equal(pool, pool));
		assert(!pool->payout.address || !address_wrong(pool->payout.address));
		assert(!pool->payout.address == !pool->payout.minimum_ppm);
		for (size_t k = 0; k < i; k++)
			assert(strcmp(pool->name, conf->pools[k].name) != 0);
	}
	for (size_t i = 0; i < conf->n_workers; i++)
		assert(conf->workers[i].kernel && CPU_COUNT(&conf->workers[i].cpus) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const kernels[] = {"avx512", "generic", NULL};
	static const struct conf_known known = {kernels, address_wrong};
	struct conf_errors errors = CONF_ERRORS_NULL;
	struct conf conf = CONF_NULL;
	char path[32];
	int fd;

	/* What lies on this machine is no input. */
	if (memmem(data, size, "include", 7) || memmem(data, size, "_file", 5))
		return 0;
	fd = memfd_create("conf", MFD_CLOEXEC);
	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	switch (conf_load(&conf, path, &known, &errors)) {
	case CONF_OK:
		assert(errors.n == 0);
		check(&conf);
		break;
	case CONF_INVALID:
		assert(errors.n > 0 && errors.n <= CONF_ERRORS_MAX && conf.n_pools == 0);
		for (size_t i = 0; i < errors.n; i++)
			assert(strncmp(errors.text[i], path, strlen(path)) == 0);
		break;
	default:
		assert(!"this machine failed");
	}
	conf_deinit(&conf);
	conf_errors_deinit(&errors);
	close(fd);
	return 0;
}
