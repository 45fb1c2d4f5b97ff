/* SPDX-License-Identifier: MIT */
#include "model_disk.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "fake_disk.h"
#include "faults.h"
#include "memory.h"
#include "settings.h"
#include "violation.h"
#include "world.h"

enum {
	DISK_LAG_S = SETTINGS_STATE_INTERVAL + 30, /* ticks, and the write itself */
	DISK_RECOVERS_S = 120, /* a step that was slow, and the pause after a failure */
	DISK_STOP_S = 3,       /* that the daemon waits at its end */
	DISK_SIZE = 4096,
};

static struct {
	uint64_t before;		/* accepted shares in the file when the daemon started */
	uint64_t accepted, accepted_ns; /* that it had at a time, and is to have written */
	uint64_t rough_until;
} model;

/* Accepted shares in the file, as it is after a loss of power or without one; none: 0. */
static uint64_t read_file(bool after_loss)
{
	const char *(*read)(const char *, size_t *) =
		after_loss ? fake_disk_medium : fake_disk_file;
	struct json_object *root, *accepted;
	char copy[DISK_SIZE];
	uint64_t n = 0;
	size_t size;
	const char *bytes = read("state.json", &size);

	if (!bytes)
		return 0;
	snprintf(copy, sizeof(copy), "%.*s", (int)MIN(size, sizeof(copy) - 1), bytes);
	root = json_tokener_parse(copy);
	if (json_object_object_get_ex(root, "accepted", &accepted))
		n = (uint64_t)json_object_get_int64(accepted);
	json_object_put(root);
	return n;
}

static void look(void)
{
	model.accepted = model.before + world.daemon->pools.stats.accepted;
	model.accepted_ns = clock_now();
}

void model_disk_begin(void)
{
	model.before = model.accepted = read_file(false);
	model.accepted_ns = clock_now();
}

static bool is_rough(void)
{
	return faults_rough() || memory_fails();
}

void model_disk_check(void)
{
	uint64_t written;

	if (is_rough()) {
		look();
		model.accepted_ns += DISK_RECOVERS_S * CLOCK_S;
		model.rough_until = model.accepted_ns;
		return;
	}
	if (clock_now() < MAX(model.accepted_ns, world.changed_ns) + DISK_LAG_S * CLOCK_S)
		return;
	written = read_file(true);
	/* What it has read it need not write again, though it be on no medium. */
	VIOLATION_IF(model.accepted > model.before && written < model.accepted,
		     "state.json has %" PRIu64 " accepted shares, of %" PRIu64 " %" PRIu64 " s ago",
		     written, model.accepted, (clock_now() - model.accepted_ns) / CLOCK_S);
	look();
}

void model_disk_ended(void)
{
	uint64_t accepted = model.before + world.daemon->pools.stats.accepted, written;

	/* Of what is counted in the last moment nothing is written. */
	if (is_rough() || clock_now() < model.rough_until ||
	    clock_now() >= world.daemon->stop_ns + DISK_STOP_S * CLOCK_S)
		return;
	written = read_file(true);
	VIOLATION_IF(written != accepted,
		     "the daemon has ended, and state.json has %" PRIu64
		     " accepted shares, of %" PRIu64,
		     written, accepted);
}
