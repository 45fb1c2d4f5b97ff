/* SPDX-License-Identifier: MIT */
#include "simulation_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "fake_resolve.h"
#include "fake_ring.h"

void simulation_fixture_begin(struct choice_fixture *fixture, uint64_t seed)
{
	simulation_fixture_begin_with(fixture, seed, 1);
}

void simulation_fixture_begin_with(struct choice_fixture *fixture, uint64_t seed, unsigned standby)
{
	struct resolve_address address = {.size = sizeof(struct sockaddr_in)};
	struct sockaddr_in *in = (struct sockaddr_in *)&address.address;

	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fake_ring_begin(seed);
	fake_resolve("127.0.0.1", &address, 1);
	choice_fixture_init(fixture);
	choice_fixture_configure(fixture, CHOICE_FIXTURE_SERVERS, standby);
}

void simulation_fixture_end(struct choice_fixture *fixture)
{
	choice_fixture_deinit(fixture);
	fake_resolve_reset();
}
