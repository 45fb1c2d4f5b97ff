/* SPDX-License-Identifier: MIT */
#include "control_server.h"

#include <assert.h>
#include <netinet/in.h>
#include <string.h>

#include "fake_socket.h"
#include "io/socket.h"
#include "listener.h"

static struct control_server *current;

/* In the place of miner/workers.c: there are no workers. */
void workers_limit(struct workers *workers, unsigned group, uint64_t hashrate, unsigned cpu)
{
	assert(current->may_change && group < CONTROL_SERVER_GROUPS);
	assert(hashrate <= (uint64_t)CONF_HASHRATE_MAX && cpu >= 1 && cpu <= CONF_CPU_LIMIT_MAX);
}

static const char *on_status(struct minerd *minerd, uint64_t age_ns, size_t *ret_size)
{
	static const char text[] = "{\"version\":\"0\"}";

	*ret_size = strlen(text);
	return text;
}

static void on_change(struct minerd *minerd)
{
	assert(current->may_change);
}

static void on_reload(struct minerd *minerd, const struct control_ticket *ticket)
{
	on_change(minerd);
	if (current->n_reloads == CONTROL_SERVER_RELOADS)
		control_server_finish(current, CONTROL_OK);
	current->reloads[current->n_reloads++] = *ticket;
}

static void begin_demand(struct control_server *server)
{
	static const struct demand_handler handler = {.changed = on_change};

	server->found = FOUND_BLOCKS_NULL;
	demand_init(&server->demand, &handler,
		    &(struct demand_target){
			    .ring = &server->pool.world.ring,
			    .control = &server->control,
			    .pools = server->pool.pools,
			    .found = &server->found,
		    });
}

void control_server_begin(struct control_server *server)
{
	static const struct methods_handler handler = {
		.status = on_status,
		.reload = on_reload,
	};

	*server = (struct control_server){.conf.n_workers = CONTROL_SERVER_GROUPS};
	for (size_t i = 0; i < CONTROL_SERVER_GROUPS; i++)
		server->conf.workers[i].cpu_limit = CONF_CPU_LIMIT_MAX;
	current = server;
	fuzz_pool_begin(&server->pool, 0);
	server->listener = listener_open(&server->port);
	server->methods = (struct methods){
		.handler = &handler,
		.demand = &server->demand,
		.found = &server->found,
		.pools = server->pool.pools,
		.conf = &server->conf,
		.workers = &server->workers,
	};
	control_init(&server->control, &server->pool.world.ring);
	begin_demand(server);
	control_add(&server->control, &methods_interface, &server->methods);
}

/* As control_accept.c does with what it has accepted. */
static void serve(struct control_server *server, int fd, bool trusted)
{
	struct control_accept *accept = &server->control.accept;
	const struct control_peer peer = {
		.uid = trusted ? 0 : 1000,
		.owner = trusted,
		.trusted = trusted,
		.name = "uid 1000",
	};
	const char *reason = accept->handler->serve(accept, fd, &peer);
	size_t n = 0;

	server->may_change |= trusted;
	if (!reason)
		return;
	assert(accept->handler->refusal(accept, reason, &n) && n > 0);
	socket_close(fd);
}

void control_server_connect(struct control_server *server, struct varlink_client *client,
			    bool trusted)
{
	int fd = socket_open(AF_INET), accepted;

	fake_socket_connect(fd, server->port);
	control_server_run(server, FUZZ_POOL_STEP_MS);
	accepted = socket_accept(server->listener);
	assert(fake_socket_connected(fd) == 0 && accepted >= 0);
	varlink_client_begin(client, fd);
	serve(server, accepted, trusted);
}

void control_server_run(struct control_server *server, unsigned ms)
{
	fuzz_pool_run(&server->pool, ms);
	for (size_t i = 0; i < CONTROL_SERVER_GROUPS; i++) {
		const struct conf_workers *group = &server->conf.workers[i];

		assert(group->cpu_limit >= 1 && group->cpu_limit <= CONF_CPU_LIMIT_MAX);
		assert(group->hashrate_limit >= 0 && group->hashrate_limit <= CONF_HASHRATE_MAX);
		assert(server->may_change || group->cpu_limit == CONF_CPU_LIMIT_MAX);
	}
}

void control_server_finish(struct control_server *server, enum control_result result)
{
	while (server->n_reloads)
		control_finish(&server->control, server->reloads[--server->n_reloads], result,
			       "a \"reason\"");
}

void control_server_end(struct control_server *server)
{
	demand_stop(&server->demand);
	control_stop(&server->control);
	fuzz_pool_run(&server->pool, FUZZ_POOL_STEP_MS);
	assert(control_closed(&server->control));
	control_deinit(&server->control);
	found_blocks_deinit(&server->found);
	demand_deinit(&server->demand);
	listener_close(server->listener);
	fuzz_pool_end(&server->pool);
}
