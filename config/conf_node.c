/* SPDX-License-Identifier: MIT */
#include "config/conf_node.h"

#include <string.h>
#include <strings.h>

#include "config/conf_url.h"

/* Hashes above the difficulty of a node's shares are counted and go nowhere. */
static const double conf_node_share_interval = 10; /* s */

/* A name of Tor leads through a proxy, whose way to the node nobody can read. */
static bool conf_is_onion(const char *host)
{
	size_t n = strlen(host);

	return n > 6 && strcasecmp(host + n - 6, ".onion") == 0;
}

static void conf_check_way(struct conf_reader *reader, const struct conf_found *found,
			   const struct conf_pool *pool)
{
	bool hidden = pool->proxy.host[0] && conf_is_onion(pool->host);

	if (pool->transport == CONF_TRANSPORT_HTTP && !hidden && !conf_url_is_loopback(pool->host))
		conf_warn(reader, conf_found(found, "url"),
			  "url: http:// does not encrypt: everybody on the way to %s can read the "
			  "%s; use https://, or a tunnel from this machine, as with ssh -L",
			  pool->host, pool->cookie_file ? "cookie" : "password");
}

static void conf_check_payout(struct conf_reader *reader, const config_setting_t *group,
			      const struct conf_found *found)
{
	if (!conf_found(found, "payout") && !reader->text.incomplete)
		conf_complain(reader, group,
			      "the node has no address to pay its blocks to; write payout = { "
			      "address = \"..\"; }; with an address of the node's chain");
}

void conf_read_node(struct conf_reader *reader, const config_setting_t *group,
		    const struct conf_found *found, struct conf_pool *pool)
{
	const config_setting_t *cookie = conf_found(found, "cookie_file");

	if (!pool->host || !conf_is_node(pool->transport))
		return;
	conf_check_way(reader, found, pool);
	conf_check_payout(reader, group, found);
	if (cookie && conf_found(found, "user"))
		conf_complain(reader, cookie,
			      "cookie_file: excludes user, as the cookie has a user of its own; "
			      "remove one of them");
	if (cookie) {
		conf_set(reader, &pool->user, "");
		conf_set(reader, &pool->password, "");
	}
	if (!conf_found(found, "share_interval") && pool->suggest_difficulty <= 0)
		pool->share_interval = conf_node_share_interval;
}
