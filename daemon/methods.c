/* SPDX-License-Identifier: MIT */
#include "methods.h"

#include "common/clock.h"
#include "common/container.h"
#include "common/varlink.h"
#include "limit.h"
#include "minerd.h"
#include "reload.h"

/* Whoever may not change the daemon shares a status with all who ask within so long. */
enum { METHODS_STATUS_MS = 100 };

static const char methods_description[] =
#include "io.minerd.Miner.varlink.inc"
	;

static struct minerd *methods_minerd(const struct control_call *call)
{
	return call->data;
}

static enum control_result methods_status(struct control_call *call)
{
	call->reply =
		minerd_status(methods_minerd(call),
			      call->trusted ? 0 : METHODS_STATUS_MS * CLOCK_MS, &call->reply_size);
	return call->reply ? CONTROL_OK : CONTROL_FAILED;
}

static enum control_result methods_monitor(struct control_call *call)
{
	enum control_result result = methods_status(call);

	return result == CONTROL_OK && call->more ? CONTROL_CONTINUES : result;
}

static enum control_result methods_pause(struct control_call *call)
{
	minerd_pause(methods_minerd(call));
	return CONTROL_OK;
}

static enum control_result methods_resume(struct control_call *call)
{
	minerd_resume(methods_minerd(call));
	return CONTROL_OK;
}

static enum control_result methods_switch_pool(struct control_call *call)
{
	const char *name = varlink_get_text(call->parameters, "name");

	if (!name)
		return control_invalid(call, "name");
	if (!pools_switch(&methods_minerd(call)->pools, name))
		return control_error(call, "NoSuchPool", "name", name);
	return CONTROL_OK;
}

static enum control_result methods_reload(struct control_call *call)
{
	reload_begin(methods_minerd(call), &call->ticket);
	return CONTROL_PENDING;
}

/* Whether the parameter is there, and of a type that is right; null is as if it was not there. */
static bool methods_has(const struct control_call *call, const char *name, bool whole,
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

static enum control_result methods_limit(struct control_call *call)
{
	static const char *const names[] = {"workers", "hashrate", "cpu"};
	struct json_object *value[3];
	bool has[3], wrong = false;
	struct limit limit;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		has[i] = methods_has(call, names[i], i != 1, &value[i], &wrong);
		if (wrong)
			return control_invalid(call, names[i]);
	}
	limit = (struct limit){
		.has_workers = has[0],
		.has_hashrate = has[1],
		.has_cpu = has[2],
		.workers = json_object_get_int64(value[0]),
		.hashrate = json_object_get_double(value[1]),
		.cpu = json_object_get_int64(value[2]),
	};
	return limit_set(methods_minerd(call), &limit, call->reason, sizeof(call->reason))
		       ? CONTROL_OK
		       : CONTROL_REFUSED;
}

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
