/* SPDX-License-Identifier: MIT */
/* org.varlink.service: what the service is, and which interfaces it has. */
#include <string.h>

#include "control/control_parts.h"

static const char service_description[] =
#include "control/org.varlink.service.varlink.inc"
	;

/* The reply, written by the control socket's own writer. */
static enum control_result service_reply(struct control_call *call, struct json_writer *writer)
{
	call->reply = json_writer_text(writer, &call->reply_size);
	return call->reply ? CONTROL_OK : CONTROL_FAILED;
}

static enum control_result service_get_info(struct control_call *call)
{
	struct json_writer *writer = &call->control->service_writer;

	json_writer_reset(writer);
	json_writer_open(writer, NULL);
	json_writer_string(writer, "vendor", "minerd");
	json_writer_string(writer, "product", "minerd");
	json_writer_string(writer, "version", MINERD_VERSION);
	json_writer_string(writer, "url", "");
	json_writer_open_list(writer, "interfaces");
	for (size_t i = 0; i < call->control->n_interfaces; i++)
		json_writer_string(writer, NULL, call->control->interfaces[i]->name);
	json_writer_close_list(writer);
	json_writer_close(writer);
	return service_reply(call, writer);
}

static enum control_result service_get_description(struct control_call *call)
{
	const char *name = varlink_get_text(call->parameters, "interface");
	struct json_writer *writer = &call->control->service_writer;

	if (!name)
		return control_invalid(call, "interface");
	for (size_t i = 0; i < call->control->n_interfaces; i++) {
		const struct control_interface *interface = call->control->interfaces[i];

		if (strcmp(name, interface->name) != 0)
			continue;
		json_writer_reset(writer);
		json_writer_open(writer, NULL);
		json_writer_string(writer, "description", interface->description);
		json_writer_close(writer);
		return service_reply(call, writer);
	}
	return control_error(call, "InterfaceNotFound", "interface", name);
}

static const struct control_method service_methods[] = {
	{"GetInfo", false, service_get_info},
	{"GetInterfaceDescription", false, service_get_description},
	{},
};

const struct control_interface control_service = {
	VARLINK_SERVICE,
	service_description,
	service_methods,
};
