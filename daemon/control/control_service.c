/* SPDX-License-Identifier: MIT */
#include "control/control_service.h"

#include <string.h>

#include "common/varlink.h"

static const char service_description[] =
#include "control/org.varlink.service.varlink.inc"
	;

static enum control_result service_reply(struct control_call *call, struct json_writer *writer)
{
	call->reply = json_writer_text(writer, &call->reply_size);
	return call->reply ? CONTROL_OK : CONTROL_FAILED;
}

static enum control_result service_get_info(struct control_call *call)
{
	struct control_service *service = call->data;
	const struct control_dispatch *dispatch = service->dispatch;
	struct json_writer *writer = &service->writer;

	json_writer_reset(writer);
	json_writer_open(writer, NULL);
	json_writer_string(writer, "vendor", "minerd");
	json_writer_string(writer, "product", "minerd");
	json_writer_string(writer, "version", MINERD_VERSION);
	json_writer_string(writer, "url", "");
	json_writer_open_list(writer, "interfaces");
	for (size_t i = 0; i < dispatch->n_bindings; i++)
		json_writer_string(writer, NULL, dispatch->bindings[i].interface->name);
	json_writer_close_list(writer);
	json_writer_close(writer);
	return service_reply(call, writer);
}

static enum control_result service_get_description(struct control_call *call)
{
	struct control_service *service = call->data;
	const char *name = varlink_get_text(call->parameters, "interface");
	const struct control_binding *binding;

	if (!name)
		return control_invalid(call, "interface");
	binding = control_dispatch_find(service->dispatch, name, strlen(name));
	if (!binding)
		return control_error(call, "InterfaceNotFound", "interface", name);
	json_writer_reset(&service->writer);
	json_writer_open(&service->writer, NULL);
	json_writer_string(&service->writer, "description", binding->interface->description);
	json_writer_close(&service->writer);
	return service_reply(call, &service->writer);
}

static const struct control_method service_methods[] = {
	{"GetInfo", false, service_get_info},
	{"GetInterfaceDescription", false, service_get_description},
	{},
};

static const struct control_interface service_interface = {
	VARLINK_SERVICE,
	service_description,
	service_methods,
};

void control_service_init(struct control_service *service, struct control_dispatch *dispatch)
{
	*service = (struct control_service){.dispatch = dispatch, .writer = JSON_WRITER_NULL};
	control_dispatch_add(dispatch, &service_interface, service);
}

void control_service_deinit(struct control_service *service)
{
	json_writer_deinit(&service->writer);
}
