/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <stdio.h>

#include "chance.h"
#include "common/assert.h"
#include "common/container.h"
#include "fake_conf_file.h"

static void choose_order(struct settings *settings, unsigned n_servers)
{
	settings->n = (unsigned)chance_between(1, n_servers);
	for (unsigned i = 0; i < n_servers; i++)
		settings->order[i] = i;
	for (unsigned i = 0; i < n_servers; i++) {
		unsigned k = (unsigned)chance_between(i, n_servers - 1), kept = settings->order[i];

		settings->order[i] = settings->order[k];
		settings->order[k] = kept;
	}
}

static void choose_limits(struct settings *settings)
{
	settings->standby = (unsigned)chance_below(3);
	settings->failback_after = (unsigned)chance_between(0, 30);
	settings->backoff_max = (unsigned)chance_between(5, 60);
	settings->job_timeout = (unsigned)chance_between(150, 300);
	settings->reply_timeout = (unsigned)chance_between(15, 60);
	settings->max_rejects = (unsigned)chance_between(3, 20);
}

void settings_choose(struct settings *settings, unsigned n_servers)
{
	*settings = (struct settings){};
	choose_order(settings, n_servers);
	choose_limits(settings);
	settings->workers = (unsigned)chance_between(1, 3);
	settings->version_rolling = !chance_one_in(4);
	settings->extranonce_subscribe = !chance_one_in(4);
	settings->session_resume = !chance_one_in(4);
	settings->share_interval = chance_one_in(3) ? 20 : 0;
}

void settings_choose_end(struct settings *settings)
{
	if (chance_one_in(8))
		settings->stop_blocks = (unsigned)chance_between(2, 12);
	else if (chance_one_in(8))
		settings->stop_shares = (unsigned)chance_between(50, 500);
}

void settings_change(struct settings *settings, unsigned n_servers)
{
	switch (chance_below(5)) {
	case 0:
		choose_order(settings, n_servers);
		break;
	case 1:
		choose_limits(settings);
		break;
	case 2:
		settings->users[chance_below(n_servers)]++;
		break;
	case 3:
		settings->workers = 1 + settings->workers % 3;
		break;
	default:
		settings->version_rolling = !settings->version_rolling;
		settings->share_interval = settings->share_interval ? 0 : 30;
		break;
	}
}

static const char *truth(bool value)
{
	return value ? "true" : "false";
}

/* A change of the user is one of its text, with which it logs in anew. */
static void write_node(FILE *out, const struct settings *settings, const struct server *server,
		       const char *comma)
{
	const struct bitcoind *node = server->node;

	fprintf(out, "  { url = \"%s\"; name = \"%s\"; ", node->url, server->name);
	if (node->file[0])
		fprintf(out, "cookie_file = \"/%s\";\n", node->file);
	else
		fprintf(out, "user = \"u\"; password = \"%s\";\n", node->password);
	fprintf(out,
		"    coinbase_text = \"miner.%u\"; template_interval = %u; version_rolling = %s;\n"
		"    payout = { address = \"%s\"; };%s%s }%s\n",
		settings->users[server->index], node->interval, truth(settings->version_rolling),
		node->chain->kind->address, settings->share_interval ? " share_interval = 60;" : "",
		"", comma);
}

void settings_write(struct settings *settings, const struct server *servers)
{
	FILE *out = fmemopen(settings->text, sizeof(settings->text), "w");

	assert(out);
	fprintf(out, "pools = (\n");
	for (unsigned i = 0; i < settings->n; i++) {
		const struct server *server = &servers[settings->order[i]];
		const char *comma = i + 1 < settings->n ? "," : "";

		if (server->node) {
			write_node(out, settings, server, comma);
			continue;
		}
		fprintf(out,
			"  { url = \"stratum+tcp://%s:%u\"; user = \"miner.%u\"; name = \"%s\";\n"
			"    version_rolling = %s; extranonce_subscribe = %s; session_resume = "
			"%s;\n"
			"    share_interval = %u; }%s\n",
			server->host, server->port, settings->users[server->index], server->name,
			truth(settings->version_rolling), truth(settings->extranonce_subscribe),
			truth(settings->session_resume), settings->share_interval, comma);
	}
	fprintf(out,
		");\nworkers = ( { cpus = \"0\"; kernel = \"generic\"; threads_per_core = %u; } "
		");\n"
		"failover = { standby = %u; failback_after = %u; backoff_max = %u; job_timeout = "
		"%u;\n"
		"  reply_timeout = %u; max_rejects = %u; };\n"
		"control = { socket = \"/run/minerd/control.sock\"; };\n"
		"state = { directory = \"/\"; interval = %d; };\n"
		"log = { level = \"info\"; report_interval = 600; };\n",
		settings->workers, settings->standby, settings->failback_after,
		settings->backoff_max, settings->job_timeout, settings->reply_timeout,
		settings->max_rejects, SETTINGS_STATE_INTERVAL);
	if (settings->stop_blocks || settings->stop_shares)
		fprintf(out, "stop_after = { blocks = %u; shares = %u; };\n", settings->stop_blocks,
			settings->stop_shares);
	fclose(out);
	fake_conf_file(settings->text);
}
