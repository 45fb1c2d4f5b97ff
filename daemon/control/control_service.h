/* SPDX-License-Identifier: MIT */
#pragma once

/* org.varlink.service, which each Varlink service has: what it is, and its interfaces. Io thread.
 */
#include "common/json_writer.h"
#include "control/control_dispatch.h"

struct control_service {
	const struct control_dispatch *dispatch; /* whose interfaces are described */
	struct json_writer writer;		 /* of the parameters of replies */
};

/* Adds the interface to dispatch, which must outlive the service. */
void control_service_init(struct control_service *service, struct control_dispatch *dispatch);

/* Idempotent. */
void control_service_deinit(struct control_service *service);
