/* SPDX-License-Identifier: MIT */
/* The program minerd(8): what its command line asks for. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>

#include "cmd/benchmark.h"
#include "cmd/list_kernels.h"
#include "command_line.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/standard_fds.h"
#include "config/conf.h"
#include "load.h"
#include "minerd.h"
#include "pool_options.h"
#include "systemd/journal.h"

/* The user of the service (systemd/minerd.sysusers). */
#define MAIN_SERVICE_USER "minerd"

/* For a user on a terminal: the bare line. */
static void main_print(enum log_level level, const char *text)
{
	fprintf(stderr, "%s\n", text);
}

/* For the service manager: a log line. */
static void main_log(enum log_level level, const char *text)
{
	log_unlimited(level, "%s", text);
}

/* Passes each error and warning to say(). what: whose they are. */
static void main_say_all(const struct conf_messages *messages, const char *what,
			 void (*say)(enum log_level level, const char *text))
{
	char text[LOG_TEXT_MAX];

	for (size_t i = 0; i < messages->n; i++)
		say(messages->list[i].severity == CONF_ERROR ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
		    messages->list[i].text);
	if (!messages->omitted)
		return;
	snprintf(text, sizeof(text), "%s: %zu more messages are not shown", what,
		 messages->omitted);
	say(LOG_LEVEL_ERROR, text);
}

/*
 * Reads the file, or the options in its place, and passes each error and warning to say(). Returns
 * 0, EX_CONFIG or EX_OSERR. service_user: as in struct conf_known.
 */
static int main_load(struct conf *conf, const struct command_line *line, const char *service_user,
		     void (*say)(enum log_level level, const char *text))
{
	char text[LOG_TEXT_MAX];
	CLEANUP(conf_messages_deinit) struct conf_messages messages = CONF_MESSAGES_NULL;
	const char *what = line->pool.url ? "minerd" : line->file;
	int r = line->pool.url ? pool_options_load(conf, &line->pool, &messages)
			       : load_conf(conf, line->file, service_user, &messages);

	if (r < 0) {
		snprintf(text, sizeof(text), "%s: %s", what, strerror(-r));
		say(LOG_LEVEL_ERROR, text);
		return EX_OSERR;
	}
	main_say_all(&messages, what, say);
	return r == CONF_OK ? 0 : EX_CONFIG;
}

static int main_check_config(const struct command_line *line)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	int r = main_load(&conf, line, MAIN_SERVICE_USER, main_print);

	if (r == 0)
		printf("%s: ok\n", line->file);
	return r;
}

static int main_run(const struct command_line *line)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	CLEANUP(cleanup_free) struct minerd *minerd = calloc(1, sizeof(*minerd));
	int r;

	/* The reader of the log may have exited. */
	signal(SIGPIPE, SIG_IGN);
	if (journal_wanted())
		log_set_sink(journal_sink);
	r = main_load(&conf, line, NULL, journal_wanted() ? main_log : main_print);
	if (r)
		return r;
	if (!minerd) {
		log_error("%s", strerror(ENOMEM));
		return EX_OSERR;
	}
	log_set_level(line->verbose ? LOG_LEVEL_DEBUG : (enum log_level)conf.log_level);
	minerd->verbose = line->verbose;
	log_start();
	r = minerd_init(minerd, &conf);
	if (r == 0)
		r = minerd_run(minerd);
	if (!minerd_deinit(minerd)) {
		log_flush();
		_exit(r);
	}
	log_stop();
	return r;
}

static int main_do(const struct command_line *line)
{
	switch (line->verb) {
	case COMMAND_CHECK_CONFIG:
		return main_check_config(line);
	case COMMAND_BENCHMARK:
		return benchmark_run(&line->benchmark);
	case COMMAND_LIST_KERNELS:
		return list_kernels_run(line->benchmark.json);
	case COMMAND_RUN:
		break;
	}
	return main_run(line);
}

int main(int argc, char **argv)
{
	CLEANUP(command_line_deinit) struct command_line line = {};

	if (standard_fds_open() < 0)
		return EX_OSERR;
	/* Memory holds passwords of pools: no core dump, and only root may trace the process. */
	prctl(PR_SET_DUMPABLE, 0);
	command_line_parse(&line, argc, argv);
	return main_do(&line);
}
