/* SPDX-License-Identifier: MIT */
/* The options become lines of a configuration, so that the checks of a file are theirs. */
#include "pool_options.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/container.h"
#include "load.h"
#include "miner/placement.h"

void pool_options_deinit(struct pool_options *options)
{
	free(options->url);
	free(options->user);
	free(options->password);
	free(options->cookie_file);
	free(options->payout);
	free(options->coinbase_text);
	free(options->socket);
	*options = (struct pool_options){};
}

/* Sets a text to the n bytes at value; a later option replaces an earlier one. */
static void pool_options_set(char **text, const char *value, size_t n)
{
	free(*text);
	*text = strndup(value, n);
	if (!*text) {
		fprintf(stderr, "minerd: %s\n", strerror(ENOMEM));
		exit(EX_OSERR);
	}
}

static void pool_options_set_all(char **text, const char *value)
{
	pool_options_set(text, value, strlen(value));
}

/* Every user of the machine can read the arguments of a process: proc(5), cmdline. */
static void pool_options_hide(char *secret, size_t n)
{
	memset(secret, 'x', n);
}

/* USER or USER:PASSWORD, n bytes of an argument. */
static void pool_options_login(struct pool_options *options, char *text, size_t n)
{
	char *colon = memchr(text, ':', n);
	size_t user = colon ? (size_t)(colon - text) : n;

	pool_options_set(&options->user, text, user);
	if (!colon)
		return;
	pool_options_set(&options->password, colon + 1, n - user - 1);
	pool_options_hide(colon + 1, n - user - 1);
}

/* [SCHEME://][USER[:PASSWORD]@]HOST:PORT, as other miners take it; without a scheme a node. */
static void pool_options_url(struct pool_options *options, char *argument)
{
	CLEANUP(cleanup_free) char *whole = NULL;
	char *rest = strstr(argument, "://"), *at;
	size_t scheme;

	rest = rest ? rest + 3 : argument;
	scheme = (size_t)(rest - argument);
	at = strrchr(rest, '@');
	if (at)
		pool_options_login(options, rest, (size_t)(at - rest));
	if (asprintf(&whole, "%.*s%s", scheme ? (int)scheme : 7, scheme ? argument : "http://",
		     at ? at + 1 : rest) < 0)
		whole = NULL;
	pool_options_set_all(&options->url, whole ? whole : "");
}

static void pool_options_stop_wrong(const char *text)
{
	fprintf(stderr,
		"minerd: --stop-after takes blocks=N, shares=N or seconds=S, or some of them with "
		"commas between; \"%s\" is none with a whole number from 1 to %d\n",
		text, CONF_STOP_AFTER_MAX);
	exit(EX_USAGE);
}

/* A limit, as in "blocks=1". */
static void pool_options_stop_one(struct conf_stop_after *limits, const char *text)
{
	const struct {
		const char *name;
		unsigned *value;
	} names[] = {
		{"blocks=", &limits->blocks},
		{"shares=", &limits->shares},
		{"seconds=", &limits->seconds},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = strlen(names[i].name);
		unsigned long value;
		char *end;

		if (strncmp(text, names[i].name, n) != 0)
			continue;
		value = strtoul(text + n, &end, 10);
		if (text[n] < '0' || text[n] > '9' || *end || value < 1 ||
		    value > CONF_STOP_AFTER_MAX)
			break;
		*names[i].value = (unsigned)value;
		return;
	}
	pool_options_stop_wrong(text);
}

static void pool_options_stop(struct conf_stop_after *limits, const char *argument)
{
	const char *rest = argument;

	while (rest) {
		CLEANUP(cleanup_free) char *one = NULL;
		const char *comma = strchr(rest, ',');

		pool_options_set(&one, rest, comma ? (size_t)(comma - rest) : strlen(rest));
		pool_options_stop_one(limits, one);
		rest = comma ? comma + 1 : NULL;
	}
}

static void pool_options_algorithm(const char *name)
{
	if (strcasecmp(name, "sha256d") == 0)
		return;
	fprintf(stderr,
		"minerd: --algo %s: minerd mines SHA-256d (Bitcoin) alone; write sha256d, "
		"or leave the option out\n",
		name);
	exit(EX_USAGE);
}

bool pool_options_take(struct pool_options *options, int option, char *argument)
{
	switch (option) {
	case 'o':
		pool_options_url(options, argument);
		return true;
	case 'u':
		pool_options_set_all(&options->user, argument);
		break;
	case 'p':
		pool_options_set_all(&options->password, argument);
		pool_options_hide(argument, strlen(argument));
		break;
	case 'O':
		pool_options_login(options, argument, strlen(argument));
		break;
	case 'a':
		pool_options_algorithm(argument);
		break;
	case 'P':
		options->log_lines = true;
		break;
	case 'q':
		options->quiet = true;
		break;
	case POOL_OPTION_COOKIE:
		pool_options_set_all(&options->cookie_file, argument);
		break;
	case POOL_OPTION_PAYOUT:
		pool_options_set_all(&options->payout, argument);
		break;
	case POOL_OPTION_TEXT:
		pool_options_set_all(&options->coinbase_text, argument);
		break;
	case POOL_OPTION_STOP:
		pool_options_stop(&options->stop_after, argument);
		break;
	case POOL_OPTION_CONTROL:
		pool_options_set_all(&options->socket, argument);
		break;
	default:
		return false;
	}
	options->given = true;
	return true;
}

static void pool_options_lack(const char *what)
{
	fprintf(stderr, "minerd: %s\n", what);
	exit(EX_USAGE);
}

/* Several threads on one CPU would hash no more than one. */
static void pool_options_check_threads(unsigned wanted)
{
	cpu_set_t allowed;
	unsigned n;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return; /* the configuration says so */
	n = (unsigned)CPU_COUNT(&allowed);
	if (wanted <= n)
		return;
	fprintf(stderr,
		"minerd: --threads %u is above %u, the number of CPUs that this process may use\n",
		wanted, n);
	exit(EX_USAGE);
}

void pool_options_check(const struct pool_options *options)
{
	const char *url = options->url;
	bool node = strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;

	if (node && !options->payout)
		pool_options_lack("a node (http://) needs --payout ADDRESS, which its blocks pay; "
				  "a Stratum pool is -o stratum+tcp://HOST:PORT");
	if (node && !options->cookie_file && !(options->user && options->password))
		pool_options_lack("a node needs -u USER and -p PASSWORD, or --cookie-file FILE");
	if (!node && !options->user)
		pool_options_lack("a Stratum pool needs -u USER, most often ADDRESS.WORKER");
	pool_options_check_threads(options->threads);
}

/* The lines, and the memory of their texts. */
struct pool_lines {
	struct conf_line list[CONF_LINES_MAX];
	char *texts[CONF_LINES_MAX];
	size_t n;
	bool failed; /* no memory */
};

static void pool_lines_deinit(struct pool_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		free(lines->texts[i]);
}

static void pool_lines_add(struct pool_lines *lines, const char *option, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void pool_lines_add(struct pool_lines *lines, const char *option, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	assert(lines->n < CONF_LINES_MAX);
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	lines->failed |= !text;
	if (!text)
		return;
	lines->texts[lines->n] = text;
	lines->list[lines->n++] = (struct conf_line){option, text};
}

/* "value" as a string of libconfig, which then is one line; NULL on allocation failure. */
static char *pool_lines_quote(const char *value)
{
	char *ret = malloc(4 * strlen(value) + 3), *to = ret;

	if (!ret)
		return NULL;
	*to++ = '"';
	for (; *value; value++)
		if ((unsigned char)*value < 0x20 || *value == 0x7f)
			to += sprintf(to, "\\x%02x", (unsigned char)*value);
		else
			to += sprintf(to, "%s%c", strchr("\"\\", *value) ? "\\" : "", *value);
	strcpy(to, "\"");
	return ret;
}

/* before, the value in quotes, after; nothing for a value that was not given. */
static void pool_lines_string(struct pool_lines *lines, const char *option, const char *before,
			      const char *value, const char *after)
{
	CLEANUP(cleanup_free) char *quoted = value ? pool_lines_quote(value) : NULL;

	lines->failed |= value && !quoted;
	if (quoted)
		pool_lines_add(lines, option, "%s%s%s", before, quoted, after);
}

static void pool_lines_make(struct pool_lines *lines, const struct pool_options *options)
{
	const struct conf_stop_after *stop = &options->stop_after;
	static const char url[] = "minerd: --url";

	pool_lines_string(lines, url, "pools = ( { url = ", options->url, ";");
	pool_lines_string(lines, "minerd: --user", "user = ", options->user, ";");
	pool_lines_string(lines, "minerd: --pass", "password = ", options->password, ";");
	pool_lines_string(lines, "minerd: --cookie-file", "cookie_file = ", options->cookie_file,
			  ";");
	pool_lines_string(lines, "minerd: --payout", "payout = { address = ", options->payout,
			  "; };");
	pool_lines_string(lines, "minerd: --coinbase-sig",
			  "coinbase_text = ", options->coinbase_text, ";");
	pool_lines_add(lines, url, "} );");
	pool_lines_add(lines, "minerd: --stop-after",
		       "stop_after = { blocks = %u; shares = %u; seconds = %u; };", stop->blocks,
		       stop->shares, stop->seconds);
	pool_lines_string(lines, "minerd: --control", "control = { socket = ", options->socket,
			  "; };");
}

/* What no file can say. */
static int pool_options_finish(struct conf *conf, const struct pool_options *options)
{
	assert(conf->n_pools == 1 && conf->n_workers == 1 && !conf->state_directory);
	conf->pools[0].log_shares = !options->quiet;
	conf->pools[0].log_lines = options->log_lines;
	if (!options->socket)
		free(TAKE(conf->control_socket));
	conf->state_directory = strdup("");
	if (!conf->state_directory)
		return -ENOMEM;
	return options->threads ? placement_first(&conf->workers[0], options->threads) : 0;
}

int pool_options_load(struct conf *ret, const struct pool_options *options,
		      struct conf_messages *messages)
{
	CLEANUP(pool_lines_deinit) struct pool_lines lines = {};
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	int r;

	pool_lines_make(&lines, options);
	if (lines.failed)
		return -ENOMEM;
	r = load_lines(&conf, lines.list, lines.n, messages);
	if (r == CONF_OK)
		r = pool_options_finish(&conf, options);
	if (r != CONF_OK)
		return r;
	*ret = conf;
	conf = CONF_NULL;
	return CONF_OK;
}
