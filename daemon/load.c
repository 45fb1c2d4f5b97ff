/* SPDX-License-Identifier: MIT */
#include "load.h"

#include <limits.h>

#include "bitcoin/address.h"
#include "config/conf_messages.h"
#include "io/http.h"
#include "io/tls_store.h"
#include "miner/kernel.h"

static struct conf_known load_known(const char *service_user)
{
	return (struct conf_known){
		.kernel_names = kernel_names(),
		.address_wrong = address_wrong,
		.certificates_wrong = tls_store_wrong,
		.service_user = service_user,
	};
}

static bool load_has_node(const struct conf *conf)
{
	for (size_t i = 0; i < conf->n_pools; i++)
		if (conf_is_node(conf->pools[i].transport))
			return true;
	return false;
}

/*
 * What the way to a node needs of the system, while this thread may wait for it. Without it the
 * pools are mined on all the same. Negative errno.
 */
static int load_way_to_nodes(const struct conf *conf, struct conf_messages *messages)
{
	/* Behind all messages that have a line. */
	const struct conf_place end = {.file = conf->file ? conf->file : "minerd",
				       .order = UINT_MAX};
	char reason[HTTP_REASON_MAX];

	if (!load_has_node(conf) || http_load(reason) == 0)
		return 0;
	return conf_messages_add(messages, CONF_WARNING, end, "%s; until then no node is used",
				 reason);
}

/* r: of reading conf. The same for what follows, and ret takes conf if all is well. */
static int load_finish(struct conf *ret, struct conf *conf, int r, struct conf_messages *messages)
{
	if (r != CONF_OK)
		return r;
	r = load_way_to_nodes(conf, messages);
	if (r < 0) {
		conf_deinit(conf);
		return r;
	}
	*ret = *conf;
	return CONF_OK;
}

int load_conf(struct conf *ret, const char *file, const char *service_user,
	      struct conf_messages *messages)
{
	const struct conf_known known = load_known(service_user);
	struct conf conf = CONF_NULL;
	int r = conf_load(&conf, file, &known, messages);

	return load_finish(ret, &conf, r, messages);
}

int load_lines(struct conf *ret, const struct conf_line *lines, size_t n,
	       struct conf_messages *messages)
{
	const struct conf_known known = load_known(NULL);
	struct conf conf = CONF_NULL;
	int r = conf_load_lines(&conf, lines, n, &known, messages);

	return load_finish(ret, &conf, r, messages);
}
