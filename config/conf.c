/* SPDX-License-Identifier: MIT */
/*
 * Invariant: what conf_load() hands out has every key in range and every default in place, so that
 * nobody after it checks a setting again.
 */
#include "config/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "common/log.h"
#include "config/conf_parts.h"

enum {
	CONF_SECONDS_MAX = 24 * 60 * 60,
	CONF_KEEPALIVE_MAX = 32767, /* what TCP_KEEPIDLE takes, tcp(7) */
	CONF_REJECTS_MAX = 1000000,
};

static const char *const conf_keys[] = {"pools",   "workers", "failover", "priority",
					"control", "log",     "state",	  NULL};
static const char *const conf_failover_keys[] = {
	"standby",     "failback_after",    "connect_timeout", "proxy_timeout",
	"tls_timeout", "handshake_timeout", "job_timeout",     "reply_timeout",
	"tcp_timeout", "keepalive",	    "max_rejects",     "backoff_max",
	NULL};
static const char *const conf_control_keys[] = {"socket", NULL};
static const char *const conf_state_keys[] = {"directory", "interval", NULL};
static const char *const conf_log_keys[] = {"level", "report_interval", NULL};

void conf_errors_deinit(struct conf_errors *errors)
{
	for (size_t i = 0; i < errors->n; i++)
		free(errors->text[i]);
	*errors = CONF_ERRORS_NULL;
}

void conf_deinit(struct conf *conf)
{
	for (size_t i = 0; i < CONF_POOLS_MAX; i++)
		conf_pool_deinit(&conf->pools[i]);
	for (size_t i = 0; i < CONF_WORKERS_MAX; i++)
		conf_workers_deinit(&conf->workers[i]);
	free(conf->file);
	free(conf->control_socket);
	free(conf->state_directory);
	*conf = CONF_NULL;
}

static void conf_read_failover(struct conf_reader *reader, const config_setting_t *root,
			       struct conf_failover *ret)
{
	const config_setting_t *group = conf_read_group(reader, root, "failover");
	const struct {
		const char *key;
		unsigned least, most, *value;
	} counts[] = {
		{"standby", 0, CONF_POOLS_MAX - 1, &ret->standby},
		{"failback_after", 0, CONF_SECONDS_MAX, &ret->failback_after},
		{"connect_timeout", 1, CONF_SECONDS_MAX, &ret->connect_timeout},
		{"proxy_timeout", 1, CONF_SECONDS_MAX, &ret->proxy_timeout},
		{"tls_timeout", 1, CONF_SECONDS_MAX, &ret->tls_timeout},
		{"handshake_timeout", 1, CONF_SECONDS_MAX, &ret->handshake_timeout},
		{"job_timeout", 1, CONF_SECONDS_MAX, &ret->job_timeout},
		{"reply_timeout", 1, CONF_SECONDS_MAX, &ret->reply_timeout},
		{"tcp_timeout", 0, CONF_SECONDS_MAX, &ret->tcp_timeout},
		{"keepalive", 0, CONF_KEEPALIVE_MAX, &ret->keepalive},
		{"max_rejects", 1, CONF_REJECTS_MAX, &ret->max_rejects},
		{"backoff_max", 1, CONF_SECONDS_MAX, &ret->backoff_max},
	};

	*ret = (struct conf_failover){
		.standby = 1,
		.failback_after = 120,
		.connect_timeout = 10,
		.proxy_timeout = 60,
		.tls_timeout = 10,
		.handshake_timeout = 30,
		.job_timeout = 120,
		.reply_timeout = 30,
		.tcp_timeout = 30,
		.keepalive = 30,
		.max_rejects = 20,
		.backoff_max = 60,
	};
	if (!group)
		return;
	conf_read_keys(reader, group, conf_failover_keys);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		conf_read_count(reader, group, counts[i].key, counts[i].least, counts[i].most,
				counts[i].value);
}

static void conf_read_priority(struct conf_reader *reader, const config_setting_t *root,
			       enum conf_priority *ret)
{
	static const char *const names[] = {
		[CONF_PRIORITY_IDLE] = "idle",
		[CONF_PRIORITY_BATCH] = "batch",
		[CONF_PRIORITY_NORMAL] = "normal",
	};
	CLEANUP(cleanup_free) char *name = NULL;
	const config_setting_t *setting = conf_read_text(reader, root, "priority", &name);

	*ret = CONF_PRIORITY_IDLE;
	if (!setting || !name)
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			*ret = (enum conf_priority)i;
			return;
		}
	}
	conf_complain(reader, setting,
		      "priority \"%s\" is not known; there are: idle, batch, normal", name);
}

static void conf_read_control(struct conf_reader *reader, const config_setting_t *root,
			      struct conf *conf)
{
	const config_setting_t *group = conf_read_group(reader, root, "control"), *setting;

	conf_set(reader, &conf->control_socket, CONF_DEFAULT_SOCKET);
	if (!group)
		return;
	conf_read_keys(reader, group, conf_control_keys);
	/* A Unix address has room for 107 characters and a NUL: unix(7). */
	setting = conf_read_long_text(reader, group, "socket",
				      sizeof(((struct sockaddr_un *)0)->sun_path) - 1,
				      &conf->control_socket);
	if (setting && conf->control_socket[0] != '/')
		conf_complain(reader, setting,
			      "socket = \"%s\" must be an absolute path, as in \"%s\"",
			      conf->control_socket, CONF_DEFAULT_SOCKET);
}

static void conf_read_state(struct conf_reader *reader, const config_setting_t *root,
			    struct conf *conf)
{
	const config_setting_t *group = conf_read_group(reader, root, "state"), *setting;
	struct stat status;

	conf->state_interval = 60;
	if (!group)
		return;
	conf_read_keys(reader, group, conf_state_keys);
	conf_read_count(reader, group, "interval", 0, CONF_SECONDS_MAX, &conf->state_interval);
	setting = conf_read_long_text(reader, group, "directory", CONF_PATH_MAX,
				      &conf->state_directory);
	if (!setting)
		return;
	if (conf->state_directory[0] != '/')
		conf_complain(reader, setting,
			      "directory = \"%s\" must be an absolute path, as in \"%s\"",
			      conf->state_directory, CONF_DEFAULT_STATE);
	else if (stat(conf->state_directory, &status) < 0)
		conf_complain(reader, setting, "directory %s: %s", conf->state_directory,
			      strerror(errno));
	else if (!S_ISDIR(status.st_mode))
		conf_complain(reader, setting, "directory %s: %s", conf->state_directory,
			      strerror(ENOTDIR));
}

static void conf_read_log(struct conf_reader *reader, const config_setting_t *root,
			  struct conf *conf)
{
	const config_setting_t *group = conf_read_group(reader, root, "log"), *setting;
	CLEANUP(cleanup_free) char *level = NULL;

	conf->log_level = LOG_LEVEL_INFO;
	conf->report_interval = 60;
	if (!group)
		return;
	conf_read_keys(reader, group, conf_log_keys);
	conf_read_count(reader, group, "report_interval", 0, CONF_SECONDS_MAX,
			&conf->report_interval);
	setting = conf_read_text(reader, group, "level", &level);
	if (!setting || !level)
		return;
	conf->log_level = log_level_from_name(level);
	if (conf->log_level < 0)
		conf_complain(reader, setting,
			      "level \"%s\" is not known; there are: error, warning, notice, info, "
			      "debug",
			      level);
}

/* Complains about what libconfig could not take in. */
static int conf_syntax_error(const struct conf_reader *reader)
{
	const char *text = config_error_text(&reader->libconfig);
	struct conf_origin origin =
		conf_text_origin(&reader->text, (unsigned)config_error_line(&reader->libconfig));

	if (text && strcmp(text, "syntax error") != 0)
		return conf_error(reader->errors, origin, "%s", text);
	return conf_error(reader->errors, origin,
			  "syntax error here or just before: a setting is key = value; groups in a "
			  "list ( ) are separated by commas, texts stand in quotes");
}

static void conf_read_all(struct conf_reader *reader, struct conf *conf)
{
	const config_setting_t *root = config_root_setting(&reader->libconfig);

	conf_read_keys(reader, root, conf_keys);
	conf_read_pools(reader, root, conf);
	conf_check_credentials(reader, root, conf);
	conf_read_workers(reader, root, conf);
	conf_read_failover(reader, root, &conf->failover);
	conf_read_priority(reader, root, &conf->priority);
	conf_read_control(reader, root, conf);
	conf_read_state(reader, root, conf);
	conf_read_log(reader, root, conf);
}

static int conf_load_into(struct conf *conf, struct conf_reader *reader, const char *file)
{
	size_t before = reader->errors->n;
	int r;

	conf_set(reader, &conf->file, file);
	r = conf_text_load(&reader->text, file, reader->errors);
	if (r < 0)
		return r;
	if (reader->text.unfinished || (reader->text.incomplete && !reader->text.n_lines))
		return CONF_INVALID;
	if (config_read_string(&reader->libconfig, reader->text.text) != CONFIG_TRUE) {
		r = conf_syntax_error(reader);
		if (r < 0)
			return r;
	} else {
		conf_read_all(reader, conf);
	}
	if (reader->failure)
		return reader->failure;
	return reader->errors->n > before ? CONF_INVALID : CONF_OK;
}

int conf_load(struct conf *ret, const char *file, const struct conf_known *known,
	      struct conf_errors *errors)
{
	struct conf_reader reader = {.text = CONF_TEXT_NULL, .known = known, .errors = errors};
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	int r;

	config_init(&reader.libconfig);
	r = conf_load_into(&conf, &reader, file);
	config_destroy(&reader.libconfig);
	conf_text_deinit(&reader.text);
	if (r != CONF_OK)
		return r;
	*ret = conf;
	conf = CONF_NULL;
	return CONF_OK;
}
