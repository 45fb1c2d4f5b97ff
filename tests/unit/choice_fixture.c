/* SPDX-License-Identifier: MIT */
#include "choice_fixture.h"

#include <check.h>
#include <stdlib.h>

#include "common/log.h"
#include "pools_fixture.h"

static struct choice_fixture *current; /* for what knows no owner */

static void on_work(struct pools *pools, struct job *job)
{
	current->work = job;
	current->works++;
}

static void on_room(struct pools *pools)
{
}

static const struct pools_handler handler = {.work = on_work, .room = on_room};

static void quiet(enum log_level level, const char *text, const struct log_field *fields)
{
}

size_t choice_fixture_configure_with(struct choice_fixture *fixture, unsigned n, unsigned standby,
				     void (*change)(struct conf_pool *pool))
{
	return pools_fixture_configure(fixture->pools, fixture->servers, n, standby, change);
}

void choice_fixture_configure(struct choice_fixture *fixture, unsigned n, unsigned standby)
{
	choice_fixture_configure_with(fixture, n, standby, NULL);
}

const char *choice_fixture_active(const struct choice_fixture *fixture)
{
	return fixture->pools->active ? fixture->pools->active->conf.name : "";
}

void choice_fixture_init(struct choice_fixture *fixture)
{
	*fixture = (struct choice_fixture){};
	current = fixture;
	log_set_sink(quiet);
	ck_assert_int_eq(ring_init(&fixture->ring), 0);
	ck_assert_int_eq(resolver_init(&fixture->resolver, &fixture->ring), 0);
	fixture->pools = calloc(1, sizeof(*fixture->pools));
	pools_init(fixture->pools, &fixture->ring, &fixture->resolver, &handler);
	for (unsigned i = 0; i < CHOICE_FIXTURE_SERVERS; i++)
		server_start(&fixture->servers[i], &fixture->ring, i);
}

void choice_fixture_deinit(struct choice_fixture *fixture)
{
	pools_fixture_close(&fixture->ring, fixture->pools, &fixture->resolver, fixture->servers,
			    CHOICE_FIXTURE_SERVERS);
}
