/* SPDX-License-Identifier: MIT */
#include "methods/methods.h"

#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/varlink.h"
#include "methods/demand.h"
#include "methods/limit.h"
#include "pool/pools.h"
#include "state/found_blocks.h"

enum { METHODS_STATUS_MS = 100 /* age of a status that untrusted clients share */ };

static const char methods_description[] =
#include "methods/io.minerd.Miner.varlink.inc"
	;

static enum control_result methods_status(struct control_call *call)
{
	const struct methods *methods = call->data;

	call->reply = methods->handler->status(methods->minerd,
					       call->trusted ? 0 : METHODS_STATUS_MS * CLOCK_MS,
					       &call->reply_size);
	return call->reply ? CONTROL_OK : CONTROL_FAILED;
}

static enum control_result methods_monitor(struct control_call *call)
{
	enum control_result result = methods_status(call);

	return result == CONTROL_OK && call->more ? CONTROL_CONTINUES : result;
}

static enum control_result methods_blocks(struct control_call *call)
{
	const struct methods *methods = call->data;

	call->reply = found_blocks_json(methods->found, &call->reply_size);
	return call->reply ? CONTROL_OK : CONTROL_FAILED;
}

static enum control_result methods_pause(struct control_call *call)
{
	const struct methods *methods = call->data;

	demand_pause(methods->demand);
	return CONTROL_OK;
}

static enum control_result methods_resume(struct control_call *call)
{
	const struct methods *methods = call->data;

	demand_resume(methods->demand);
	return CONTROL_OK;
}

static enum control_result methods_mine(struct control_call *call)
{
	const struct methods *methods = call->data;
	struct json_object *blocks = NULL;
	int64_t n;

	if (!call->parameters || !json_object_object_get_ex(call->parameters, "blocks", &blocks) ||
	    !json_object_is_type(blocks, json_type_int))
		return control_invalid(call, "blocks");
	n = json_object_get_int64(blocks);
	if (n < 1 || n > DEMAND_BLOCKS_MAX)
		return control_invalid(call, "blocks");
	return demand_mine(methods->demand, (unsigned)n, call);
}

static enum control_result methods_switch_pool(struct control_call *call)
{
	const struct methods *methods = call->data;
	const char *name = varlink_get_text(call->parameters, "name");

	if (!name)
		return control_invalid(call, "name");
	if (!pools_switch(methods->pools, name))
		return control_error(call, "NoSuchPool", "name", name);
	return CONTROL_OK;
}

static enum control_result methods_reload(struct control_call *call)
{
	const struct methods *methods = call->data;

	methods->handler->reload(methods->minerd, &call->ticket);
	return CONTROL_PENDING;
}

enum methods_limit_parameter { LIMIT_GROUP, LIMIT_HASHRATE, LIMIT_CPU, LIMIT_N };

/*
 * The numbers that the call has; NULL in ret: not given, or null. Returns the name of a parameter
 * that is no number of its kind, or that Limit() does not have: with a misspelt group all groups
 * would be limited.
 */
static const char *methods_limit_read(const struct control_call *call,
				      struct json_object *ret[LIMIT_N])
{
	static const char *const names[LIMIT_N] = {"group", "hashrate", "cpu"};

	memset(ret, 0, LIMIT_N * sizeof(ret[0]));
	if (!call->parameters)
		return NULL;
	json_object_object_foreach(call->parameters, name, value)
	{
		unsigned i = 0;

		while (i < LIMIT_N && strcmp(name, names[i]) != 0)
			i++;
		if (i == LIMIT_N ||
		    (value && !json_object_is_type(value, json_type_int) &&
		     (i != LIMIT_HASHRATE || !json_object_is_type(value, json_type_double))))
			return name;
		ret[i] = value;
	}
	return NULL;
}

static enum control_result methods_limit(struct control_call *call)
{
	const struct methods *methods = call->data;
	struct json_object *value[LIMIT_N];
	const char *wrong = methods_limit_read(call, value);
	const struct limit limit = {
		.has_group = value[LIMIT_GROUP],
		.has_hashrate = value[LIMIT_HASHRATE],
		.has_cpu = value[LIMIT_CPU],
		.group = json_object_get_int64(value[LIMIT_GROUP]),
		.hashrate = json_object_get_double(value[LIMIT_HASHRATE]),
		.cpu = json_object_get_int64(value[LIMIT_CPU]),
	};

	if (wrong)
		return control_invalid(call, wrong);
	return limit_set(methods->conf, methods->workers, &limit, call->reason,
			 sizeof(call->reason))
		       ? CONTROL_OK
		       : CONTROL_REFUSED;
}

/* Name, whether the method changes the daemon, function. */
static const struct control_method methods_list[] = {
	{"Status", false, methods_status},
	{"Monitor", false, methods_monitor},
	{"Blocks", false, methods_blocks},
	{"Pause", true, methods_pause},
	{"Resume", true, methods_resume},
	{"Mine", true, methods_mine},
	{"SwitchPool", true, methods_switch_pool},
	{"Reload", true, methods_reload},
	{"Limit", true, methods_limit},
	{},
};

const struct control_interface methods_interface = {
	"io.minerd.Miner",
	methods_description,
	methods_list,
};
