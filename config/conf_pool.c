/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/escape.h"
#include "config/conf_parts.h"
#include "config/conf_proxy.h"
#include "config/conf_url.h"

#define CONF_PIN_PREFIX "sha256//"

enum {
	CONF_PIN_BASE64 = 44, /* characters of 32 bytes */
};

/* Beyond any pool's, so that a slip of the pen is seen. */
static const double conf_difficulty_max = 1e15;
static const double conf_share_interval_max = 86400;

static const char *const conf_pool_keys[] = {
	"url",
	"user",
	"password",
	"password_file",
	"name",
	"user_agent",
	"suggest_difficulty",
	"version_rolling",
	"tls_ca",
	"tls_pin",
	"tls_verify",
	"proxy",
	"payout",
	"share_interval",
	NULL,
};

void conf_pool_deinit(struct conf_pool *pool)
{
	free(pool->url);
	free(pool->host);
	free(pool->name);
	free(pool->user);
	free(pool->password);
	free(pool->user_agent);
	free(pool->tls_ca);
	free(pool->tls_pin);
	free(pool->payout.address);
	*pool = (struct conf_pool){};
}

static bool conf_same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool conf_pool_equal(const struct conf_pool *a, const struct conf_pool *b)
{
	return a->transport == b->transport && conf_same_text(a->url, b->url) &&
	       conf_same_text(a->host, b->host) && a->port == b->port &&
	       conf_same_text(a->name, b->name) && conf_same_text(a->user, b->user) &&
	       conf_same_text(a->password, b->password) &&
	       conf_same_text(a->user_agent, b->user_agent) &&
	       fabs(a->suggest_difficulty - b->suggest_difficulty) <= 0 &&
	       fabs(a->share_interval - b->share_interval) <= 0 &&
	       a->version_rolling == b->version_rolling && conf_same_text(a->tls_ca, b->tls_ca) &&
	       conf_same_text(a->tls_pin, b->tls_pin) && a->tls_verify == b->tls_verify &&
	       conf_same_text(a->payout.address, b->payout.address) &&
	       a->payout.minimum_ppm == b->payout.minimum_ppm &&
	       a->payout.enforce == b->payout.enforce && conf_proxy_equal(&a->proxy, &b->proxy);
}

static void conf_read_url(struct conf_reader *reader, const config_setting_t *group,
			  struct conf_pool *pool)
{
	const config_setting_t *setting = config_setting_get_member(group, "url");
	struct conf_url url;
	char shown[CONF_URL_MAX];
	const char *wrong;

	if (!setting && !reader->text.incomplete)
		conf_complain(reader, group,
			      "the pool has no url; write url = \"stratum+tcp://HOST:PORT\";");
	setting = conf_read_long_text(reader, group, "url", CONF_URL_MAX, &pool->url);
	if (!setting)
		return;
	wrong = conf_url_parse(&url, pool->url);
	if (wrong) {
		conf_complain(reader, setting, "url \"%s\": %s",
			      escape_text(shown, sizeof(shown), pool->url, strlen(pool->url)),
			      wrong);
		return;
	}
	pool->transport = url.transport;
	pool->port = url.port;
	conf_set(reader, &pool->host, url.host);
}

static void conf_read_name(struct conf_reader *reader, const config_setting_t *group,
			   struct conf_pool *pool)
{
	char name[CONF_PLACE_MAX];

	if (!conf_read_text(reader, group, "name", &pool->name) && pool->host)
		conf_set(reader, &pool->name, conf_url_text(name, pool->host, pool->port));
}

static void conf_read_user(struct conf_reader *reader, const config_setting_t *group,
			   struct conf_pool *pool)
{
	const config_setting_t *setting = config_setting_get_member(group, "user");
	const char *user = setting ? config_setting_get_string(setting) : NULL;

	if ((!setting && !reader->text.incomplete) || (user && !*user))
		conf_complain(reader, setting ? setting : group,
			      "the pool has no user; write user = \"..\"; with what the pool asks "
			      "for, most often ADDRESS.WORKER");
	else
		conf_read_text(reader, group, "user", &pool->user);
}

static bool conf_is_pin(const char *pin)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789+/";
	const size_t prefix = strlen(CONF_PIN_PREFIX);

	return strncmp(pin, CONF_PIN_PREFIX, prefix) == 0 &&
	       strlen(pin + prefix) == CONF_PIN_BASE64 &&
	       strspn(pin + prefix, alphabet) == CONF_PIN_BASE64 - 1 &&
	       pin[prefix + CONF_PIN_BASE64 - 1] == '=';
}

static void conf_read_tls(struct conf_reader *reader, const config_setting_t *group,
			  struct conf_pool *pool)
{
	static const char *const keys[] = {"tls_ca", "tls_pin", "tls_verify"};
	const config_setting_t *setting;

	for (size_t i = 0; pool->host && i < sizeof(keys) / sizeof(keys[0]); i++) {
		setting = config_setting_get_member(group, keys[i]);
		if (setting && pool->transport == CONF_TRANSPORT_TCP)
			conf_complain(
				reader, setting,
				"%s is for stratum+tls:// only, and the url is stratum+tcp://",
				keys[i]);
	}
	setting = conf_read_long_text(reader, group, "tls_ca", CONF_PATH_MAX, &pool->tls_ca);
	if (setting && access(pool->tls_ca, R_OK) < 0)
		conf_complain(reader, setting, "cannot read tls_ca %s: %s", pool->tls_ca,
			      strerror(errno));
	setting = conf_read_text(reader, group, "tls_pin", &pool->tls_pin);
	if (setting && !conf_is_pin(pool->tls_pin))
		conf_complain(
			reader, setting,
			"tls_pin must be \"sha256//\" and %d characters of base64: the SHA-256 "
			"of the server's public key",
			CONF_PIN_BASE64);
	conf_read_bool(reader, group, "tls_verify", &pool->tls_verify);
}

static void conf_read_difficulty(struct conf_reader *reader, const config_setting_t *group,
				 struct conf_pool *pool)
{
	conf_read_number(reader, group, "suggest_difficulty", 0, conf_difficulty_max,
			 &pool->suggest_difficulty);
	conf_read_number(reader, group, "share_interval", 0, conf_share_interval_max,
			 &pool->share_interval);
	if (pool->suggest_difficulty > 0 && pool->share_interval > 0)
		conf_complain(reader, config_setting_get_member(group, "share_interval"),
			      "share_interval and suggest_difficulty both say which difficulty to "
			      "ask for; write one of them");
}

static void conf_read_pool(struct conf_reader *reader, const config_setting_t *group,
			   struct conf_pool *pool)
{
	pool->line = conf_line(reader, group);
	pool->version_rolling = true;
	pool->extranonce_subscribe = true;
	pool->session_resume = true;
	pool->tls_verify = true;
	conf_set(reader, &pool->password, "x");
	conf_set(reader, &pool->user_agent, "minerd/" MINERD_VERSION);
	conf_read_keys(reader, group, conf_pool_keys);
	conf_read_url(reader, group, pool);
	conf_read_name(reader, group, pool);
	conf_read_user(reader, group, pool);
	if (pool->name)
		conf_read_password(reader, group, pool);
	conf_read_text(reader, group, "user_agent", &pool->user_agent);
	conf_read_difficulty(reader, group, pool);
	conf_read_bool(reader, group, "version_rolling", &pool->version_rolling);
	conf_read_tls(reader, group, pool);
	conf_read_proxy(reader, group, pool);
	conf_read_payout(reader, group, &pool->payout);
}

void conf_read_pools(struct conf_reader *reader, const config_setting_t *root, struct conf *conf)
{
	const config_setting_t *list = conf_read_list(reader, root, "pools");
	int n = list ? config_setting_length(list) : 0;

	if (!n && !reader->text.incomplete && (list || !config_setting_get_member(root, "pools")))
		conf_complain(
			reader, list ? list : root,
			"there is no pool; write pools = ( { url = \"stratum+tcp://HOST:PORT\"; "
			"user = \"..\"; } );");
	if (n > CONF_POOLS_MAX) {
		conf_complain(reader, list, "%d pools are too many: at most %d", n, CONF_POOLS_MAX);
		n = CONF_POOLS_MAX;
	}
	for (int i = 0; i < n; i++) {
		const config_setting_t *group = config_setting_get_elem(list, (unsigned)i);
		struct conf_pool *pool = &conf->pools[conf->n_pools++];

		conf_read_pool(reader, group, pool);
		for (int j = 0; pool->name && j < i; j++)
			if (conf_same_text(conf->pools[j].name, pool->name))
				conf_complain(
					reader, group,
					"the pool's name \"%s\" is that of the pool on line %u "
					"too; give each a name = \"..\" of its own",
					pool->name, conf->pools[j].line);
	}
}
