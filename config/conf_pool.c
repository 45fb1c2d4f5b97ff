/* SPDX-License-Identifier: MIT */
#include "config/conf_pool.h"

#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "config/conf_file.h"
#include "config/conf_node.h"
#include "config/conf_proxy.h"
#include "config/conf_scan.h"
#include "config/conf_types.h"
#include "config/conf_url.h"

void conf_pool_deinit(struct conf_pool *pool)
{
	conf_keys_release(CONF_GROUP_POOL, pool);
	*pool = (struct conf_pool){};
}

/* url */

static bool conf_url_read(struct conf_reader *reader, const struct conf_key *key,
			  const config_setting_t *setting, void *base)
{
	const char *text = conf_read_string(reader, key, setting);
	struct conf_pool *pool = base;
	struct conf_url url;
	const char *wrong;

	if (!text)
		return false;
	wrong = conf_url_parse(&url, text);
	if (wrong) {
		/* The text before an @, or after a ?, may be a password. */
		if (strpbrk(text, "@?#"))
			conf_complain(reader, setting, "%s: %s", key->name, wrong);
		else
			conf_complain(reader, setting, "%s: \"%s\": %s", key->name, text, wrong);
		return false;
	}
	pool->transport = url.transport;
	pool->port = url.port;
	conf_set(reader, &pool->host, url.host);
	conf_set(reader, &pool->url, text);
	return true;
}

static bool conf_url_equal(const struct conf_key *key, const void *a, const void *b)
{
	return conf_type_string.equal(key, a, b);
}

static void conf_url_release(const struct conf_key *key, void *base)
{
	struct conf_pool *pool = base;

	free(TAKE(pool->url));
	free(TAKE(pool->host));
}

const struct conf_type conf_type_url = {
	.wanted = "a string in double quotes",
	.size = sizeof(char *),
	.read = conf_url_read,
	.equal = conf_url_equal,
	.release = conf_url_release,
};

/* tls_ca */

static bool conf_certificates_read(struct conf_reader *reader, const struct conf_key *key,
				   const config_setting_t *setting, void *base)
{
	CLEANUP(conf_file_deinit) struct conf_file file = CONF_FILE_NULL;
	const char *path = conf_read_string(reader, key, setting), *wrong;
	struct conf_pool *pool = base;

	if (!path || !conf_read_file(reader, setting, key->name, path, CONF_CA_MAX, &file))
		return false;
	wrong = strlen(file.data) < file.size ? "it holds a NUL byte, and PEM is text"
					      : reader->known->certificates_wrong(file.data);
	if (wrong) {
		conf_complain(reader, setting, "%s %s: %s", key->name, path, wrong);
		return false;
	}
	conf_set(reader, &pool->tls_ca, path);
	free(pool->tls_ca_pem);
	pool->tls_ca_pem = TAKE(file.data);
	return true;
}

static bool conf_certificates_equal(const struct conf_key *key, const void *a, const void *b)
{
	const struct conf_pool *first = a, *second = b;

	if (!conf_type_string.equal(key, a, b) || !first->tls_ca_pem != !second->tls_ca_pem)
		return false;
	return !first->tls_ca_pem || strcmp(first->tls_ca_pem, second->tls_ca_pem) == 0;
}

static void conf_certificates_release(const struct conf_key *key, void *base)
{
	struct conf_pool *pool = base;

	free(TAKE(pool->tls_ca));
	free(TAKE(pool->tls_ca_pem));
}

const struct conf_type conf_type_certificates = {
	.wanted = "a path in double quotes",
	.size = sizeof(char *),
	.read = conf_certificates_read,
	.equal = conf_certificates_equal,
	.release = conf_certificates_release,
};

/* proxy */

static bool conf_proxy_read(struct conf_reader *reader, const struct conf_key *key,
			    const config_setting_t *setting, void *base)
{
	struct conf_proxy *proxy = conf_keys_value(key, base);
	const char *url = conf_read_string(reader, key, setting);
	const char *wrong = url ? conf_proxy_parse(proxy, url) : NULL;

	if (wrong)
		conf_complain(reader, setting, "%s: %s", key->name, wrong);
	else if (url && proxy->password[0])
		conf_warn_of_readers(reader, setting, key->name);
	return url && !wrong;
}

static bool conf_proxies_equal(const struct conf_key *key, const void *a, const void *b)
{
	return conf_proxy_equal(conf_keys_value_const(key, a), conf_keys_value_const(key, b));
}

const struct conf_type conf_type_proxy = {
	.wanted = "a string in double quotes",
	.size = sizeof(struct conf_proxy),
	.read = conf_proxy_read,
	.equal = conf_proxies_equal,
};

/* The keys together */

static const struct {
	const char *scheme;
	bool kinds[CONF_KIND_TLS + 1]; /* of keys that mean something to it */
} conf_kinds[] = {
	[CONF_TRANSPORT_TCP] = {"stratum+tcp://", {[CONF_KIND_STRATUM] = true}},
	[CONF_TRANSPORT_TLS] = {"stratum+tls://",
				{[CONF_KIND_STRATUM] = true, [CONF_KIND_TLS] = true}},
	[CONF_TRANSPORT_HTTP] = {"http://", {[CONF_KIND_NODE] = true}},
	[CONF_TRANSPORT_HTTPS] = {"https://", {[CONF_KIND_NODE] = true, [CONF_KIND_TLS] = true}},
};

/* Reports the keys of a group that mean nothing to a pool of this url. */
static void conf_check_kinds(struct conf_reader *reader, const config_setting_t *setting,
			     enum conf_group group, const struct conf_pool *pool)
{
	static const char *const only[] = {
		[CONF_KIND_STRATUM] = "Stratum pools (stratum+tcp:// or stratum+tls://)",
		[CONF_KIND_NODE] = "nodes (http:// or https://)",
		[CONF_KIND_TLS] = "stratum+tls:// and https://",
	};

	for (int i = 0; i < config_setting_length(setting); i++) {
		const config_setting_t *member = conf_read_element(setting, (size_t)i);
		const char *name = config_setting_name(member);
		const struct conf_key *key = conf_keys_find(group, name, conf_scan_key(name));

		if (!key)
			continue;
		if (key->type == &conf_type_group &&
		    config_setting_type(member) == CONFIG_TYPE_GROUP)
			conf_check_kinds(reader, member, key->holds, pool);
		else if (key->kind && !conf_kinds[pool->transport].kinds[key->kind])
			conf_complain(reader, member,
				      "%s: is for %s only, and the url of this pool is %s; remove "
				      "it",
				      key->name, only[key->kind],
				      conf_kinds[pool->transport].scheme);
	}
}

static void conf_check_difficulty(struct conf_reader *reader, const struct conf_found *found,
				  const struct conf_pool *pool)
{
	if (pool->suggest_difficulty > 0 && pool->share_interval > 0)
		conf_complain(reader, conf_found(found, "share_interval"),
			      "share_interval: excludes suggest_difficulty, as both say which "
			      "difficulty to ask for; remove one of them");
}

static void conf_check_proxy(struct conf_reader *reader, const struct conf_found *found,
			     const struct conf_pool *pool)
{
	if (pool->proxy.host[0] && pool->host && strchr(pool->host, '%'))
		conf_complain(reader, conf_found(found, "proxy"),
			      "proxy: the address in the pool's url has a zone, which means "
			      "nothing to a proxy; remove one of the two");
}

static void conf_read_pool(struct conf_reader *reader, const config_setting_t *group,
			   struct conf_pool *pool)
{
	char place[CONF_PLACE_MAX];
	struct conf_found found;

	conf_keys_set_defaults(reader, CONF_GROUP_POOL, pool);
	conf_read_group(reader, group, CONF_GROUP_POOL, pool, &found);
	if (!conf_found(&found, "name") && pool->host)
		conf_set(reader, &pool->name, conf_url_text(place, pool->host, pool->port));
	conf_read_password(reader, group, &found, pool);
	conf_read_node(reader, group, &found, pool);
	if (pool->host)
		conf_check_kinds(reader, group, CONF_GROUP_POOL, pool);
	conf_check_difficulty(reader, &found, pool);
	conf_check_proxy(reader, &found, pool);
}

/* Reports a name that an earlier pool has. */
static void conf_check_name(struct conf_reader *reader, const config_setting_t *group,
			    const struct conf *conf, const struct conf_pool *pool)
{
	for (const struct conf_pool *other = conf->pools; other < pool; other++) {
		struct conf_place place;

		if (!pool->name || !other->name || strcmp(other->name, pool->name) != 0)
			continue;
		place = conf_place_of_element(reader, group, (size_t)(other - conf->pools));
		conf_complain(
			reader, group,
			"name: \"%s\" is the name of the pool at %s:%u, too; give each pool a "
			"name = \"..\" of its own",
			pool->name, place.file, place.line);
	}
}

static bool conf_pools_read(struct conf_reader *reader, const struct conf_key *key,
			    const config_setting_t *setting, void *base)
{
	int n = conf_read_list(reader, key, setting);
	struct conf *conf = base;

	if (n == 0 && !reader->text.incomplete)
		conf_complain(reader, setting, "%s", key->needed);
	for (int i = 0; i < n; i++) {
		const config_setting_t *group = conf_read_element(setting, (size_t)i);
		struct conf_pool *pool = &conf->pools[conf->n_pools++];

		conf_read_pool(reader, group, pool);
		conf_check_name(reader, group, conf, pool);
	}
	if (n > 0)
		conf_check_credentials(reader, setting, conf);
	return n > 0;
}

static void conf_pools_release(const struct conf_key *key, void *base)
{
	struct conf *conf = base;

	for (size_t i = 0; i < CONF_POOLS_MAX; i++)
		conf_pool_deinit(&conf->pools[i]);
	conf->n_pools = 0;
}

const struct conf_type conf_type_pools = {
	.wanted = "a list of groups",
	.read = conf_pools_read,
	.release = conf_pools_release,
};
