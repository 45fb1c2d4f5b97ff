/* SPDX-License-Identifier: MIT */
#include "fuzz_world.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/utf8.h"
#include "fake_resolve.h"
#include "fake_ring.h"
#include "fake_socket.h"

static void on_log(enum log_level level, const char *text, const struct log_field *fields)
{
	size_t n = strlen(text), size;
	uint32_t character;

	assert(n > 0 && n < LOG_TEXT_MAX && level <= LOG_LEVEL_DEBUG);
	for (size_t at = 0; at < n; at += size) {
		size = utf8_decode(&character, text + at, n - at);
		assert(size && !utf8_is_control(character));
	}
	for (; fields && fields->name; fields++)
		assert(fields->value);
}

void fuzz_world_begin(struct fuzz_world *world)
{
	struct resolve_address address = {.size = sizeof(struct sockaddr_in)};
	struct sockaddr_in *in = (struct sockaddr_in *)&address.address;

	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	log_set_sink(on_log);
	log_set_level(LOG_LEVEL_DEBUG);
	fake_ring_begin(1);
	fake_resolve(FUZZ_WORLD_HOST, &address, 1);
	assert(ring_init(&world->ring) == 0);
	assert(resolver_init(&world->resolver, &world->ring) == 0);
}

static void on_alarm(struct ring_timer *timer)
{
}

void fuzz_world_run(struct fuzz_world *world, unsigned ms)
{
	struct ring_timer timer = {.fn = on_alarm};
	unsigned n = 0;

	ring_timer_in(&world->ring, &timer, ms * CLOCK_MS);
	while (timer.armed) {
		assert(n++ < FUZZ_WORLD_ITERATIONS);
		assert(ring_iterate(&world->ring) == 0);
	}
}

void fuzz_world_end(struct fuzz_world *world)
{
	const struct ring *ring = &world->ring;

	resolver_stop(&world->resolver);
	assert(!ring->timers && !ring->tasks && !ring->later);
	ring_deinit(&world->ring);
	resolver_deinit(&world->resolver);
	fake_resolve_reset();
	/* libFuzzer looks for leaks, slowly, after each run that has kept memory. */
	fake_socket_begin();
}
