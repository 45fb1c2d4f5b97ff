/* SPDX-License-Identifier: MIT */
#include "parked.h"

#include <string.h>

#include "common/clock.h"
#include "common/container.h"

static void parked_drop(struct parked_session *session)
{
	issued_free(session->issued);
	*session = (struct parked_session){};
}

void parked_deinit(struct parked *parked)
{
	for (unsigned i = 0; i < PARKED_MAX; i++)
		parked_drop(&parked->session[i]);
}

void parked_keep(struct parked *parked, struct connection *connection)
{
	struct parked_session *session = &parked->session[parked->next++ % PARKED_MAX];

	parked_drop(session);
	memcpy(session->id, connection->session, sizeof(session->id));
	session->terms = connection->terms;
	session->mask = connection->mask | connection->mask_before;
	session->issued = connection->issued;
	session->n_issued = connection->n_issued;
	connection->issued = NULL;
	connection->n_issued = 0;
}

bool parked_resume(struct parked *parked, struct connection *connection, const char *id)
{
	for (unsigned i = 0; i < PARKED_MAX && *id; i++) {
		struct parked_session *session = &parked->session[i];

		if (strcmp(session->id, id) != 0)
			continue;
		connection->terms = session->terms;
		connection->mask_before = session->mask;
		connection->mask_ns = clock_now();
		issued_free(connection->issued);
		connection->issued = session->issued;
		connection->n_issued = session->n_issued;
		connection->resumed = true;
		*session = (struct parked_session){};
		return true;
	}
	return false;
}
