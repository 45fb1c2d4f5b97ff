/* SPDX-License-Identifier: MIT */
#include "methods/methods.h"

#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/varlink.h"
#include "methods/limit.h"
#include "pool/pools.h"

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

static enum control_result methods_pause(struct control_call *call)
{
	const struct methods *methods = call->data;

	methods->handler->pause(methods->minerd);
	return CONTROL_OK;
}

static enum control_result methods_resume(struct control_call *call)
{
	const struct methods *methods = call->data;

	methods->handler->resume(methods->minerd);
	return CONTROL_OK;
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

/*
 * Whether the call has a number of this name, which null is not. whole: an integer. *ret_wrong: it
 * is of another type.
 */
static bool methods_number(const struct control_call *call, const char *name, bool whole,
			   struct json_object **ret, bool *ret_wrong)
{
	*ret = NULL;
	if (!call->parameters || !json_object_object_get_ex(call->parameters, name, ret) || !*ret)
		return false;
	if (!json_object_is_type(*ret, json_type_int) &&
	    (whole || !json_object_is_type(*ret, json_type_double)))
		*ret_wrong = true;
	return true;
}

static const struct methods_limit_parameter {
	const char *name;
	bool whole;
} methods_limit_parameters[] = {{"group", true}, {"hashrate", false}, {"cpu", true}};

/*
 * The name of a parameter that Limit() does not have; NULL: none. It is no extension to be ignored:
 * a misspelt group would limit all groups.
 */
static const char *methods_limit_unknown(const struct control_call *call)
{
	if (!call->parameters)
		return NULL;
	json_object_object_foreach(call->parameters, name, value)
	{
		size_t i = 0;

		(void)value;
		while (i < ARRAY_SIZE(methods_limit_parameters) &&
		       strcmp(name, methods_limit_parameters[i].name) != 0)
			i++;
		if (i == ARRAY_SIZE(methods_limit_parameters))
			return name;
	}
	return NULL;
}

static enum control_result methods_limit(struct control_call *call)
{
	const struct methods_limit_parameter *parameters = methods_limit_parameters;
	const char *unknown = methods_limit_unknown(call);
	const struct methods *methods = call->data;
	struct json_object *value[ARRAY_SIZE(methods_limit_parameters)];
	bool has[ARRAY_SIZE(methods_limit_parameters)], wrong = false;
	struct limit limit;

	if (unknown)
		return control_invalid(call, unknown);
	for (size_t i = 0; i < ARRAY_SIZE(methods_limit_parameters); i++) {
		has[i] = methods_number(call, parameters[i].name, parameters[i].whole, &value[i],
					&wrong);
		if (wrong)
			return control_invalid(call, parameters[i].name);
	}
	limit = (struct limit){
		.has_group = has[0],
		.has_hashrate = has[1],
		.has_cpu = has[2],
		.group = json_object_get_int64(value[0]),
		.hashrate = json_object_get_double(value[1]),
		.cpu = json_object_get_int64(value[2]),
	};
	return limit_set(methods->conf, methods->workers, &limit, call->reason,
			 sizeof(call->reason))
		       ? CONTROL_OK
		       : CONTROL_REFUSED;
}

/* Name, whether the method changes the daemon, function. */
static const struct control_method methods_list[] = {
	{"Status", false, methods_status},
	{"Monitor", false, methods_monitor},
	{"Pause", true, methods_pause},
	{"Resume", true, methods_resume},
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
