/* SPDX-License-Identifier: MIT */
#include "found_blocks_fixture.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "fake_disk.h"
#include "fake_ring.h"
#include "systemd/ids.h"

struct found_blocks_fixture found_blocks_fixture;

static void nothing(struct store *store, int result)
{
}

static int fault(enum fake_op_kind kind)
{
	struct found_blocks_fixture *self = &found_blocks_fixture;

	self->operations++;
	if (self->crash && self->operations >= self->crash)
		self->crashed = true;
	return kind == FAKE_WRITE ? self->error : 0;
}

static uint64_t delay(enum fake_op_kind kind)
{
	return kind == FAKE_FSYNC ? found_blocks_fixture.fsync_ns : CLOCK_MS;
}

static const struct fake_ring_hooks hooks = {.fault = fault, .delay = delay};

bool found_blocks_fixture_file_has(const char *name, const char *text)
{
	size_t size;
	const char *bytes = fake_disk_file(name, &size);

	return bytes && memmem(bytes, size, text, strlen(text));
}

unsigned found_blocks_fixture_files(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < FOUND_BLOCKS_SLOTS; i++) {
		char name[32];
		size_t size;

		snprintf(name, sizeof(name), "found-block-%02u", i);
		n += fake_disk_file(name, &size) != NULL;
	}
	return n;
}

static bool is_saved(const struct block *block)
{
	for (unsigned i = 0; i < FOUND_BLOCKS_SLOTS; i++) {
		char name[32];

		snprintf(name, sizeof(name), "found-block-%02u", i);
		if (found_blocks_fixture_file_has(name, block->hex))
			return true;
	}
	return false;
}

static void submit(struct found_blocks *found, const struct found_block *record)
{
	struct found_blocks_fixture *self = &found_blocks_fixture;

	ck_assert_ptr_nonnull(record->block);
	ck_assert_str_eq(record->pool, "node");
	if (self->crashed)
		return;
	self->submitted++;
	self->last = record->hash;
	self->saved = is_saved(record->block);
}

static bool ask(struct found_blocks *found, const struct found_block *record)
{
	struct found_blocks_fixture *self = &found_blocks_fixture;

	if (self->deaf)
		return false;
	self->asks[self->asked++ % FOUND_BLOCKS_ASKS] = record->hash;
	return true;
}

static const struct found_blocks_handler handler = {.submit = submit, .ask = ask};

static void hear(enum log_level level, const char *text, const struct log_field *fields)
{
	struct found_blocks_fixture *self = &found_blocks_fixture;
	const struct {
		const char *id;
		unsigned *n;
	} events[] = {
		{ID_SOLO_BLOCK_UNSAVED, &self->unsaved},
		{ID_SOLO_BLOCK_RESTORED, &self->restored},
		{ID_SOLO_BLOCK_ACCEPTED, &self->answers},
		{ID_SOLO_BLOCK_INCONCLUSIVE, &self->answers},
		{ID_SOLO_BLOCK_STALE, &self->answers},
		{ID_SOLO_BLOCK_INVALID, &self->answers},
		{ID_SOLO_BLOCK_UNANSWERED, &self->answers},
		{ID_SOLO_BLOCK_GIVEN_UP, &self->given_up},
		{ID_SOLO_BLOCK_CONFIRMED, &self->confirmed},
		{ID_SOLO_BLOCK_ORPHANED, &self->orphaned},
		{ID_SOLO_BLOCK_BACK, &self->back},
		{ID_STATE_UNREADABLE, &self->unreadable},
		{ID_STATE_UNWRITABLE, &self->unwritable},
	};

	for (; fields && fields->name; fields++)
		for (size_t i = 0; i < ARRAY_SIZE(events); i++)
			if (strcmp(fields->name, "MESSAGE_ID") == 0 &&
			    strcmp(fields->value, events[i].id) == 0)
				++*events[i].n;
}

static void start(void)
{
	struct found_blocks_fixture *self = &found_blocks_fixture;

	fake_ring_begin(1);
	fake_ring_hook(&hooks);
	ck_assert_int_eq(ring_init(&self->ring), 0);
	store_init(&self->base, &self->ring, "state.json", nothing);
	ck_assert_int_eq(store_open(&self->base, "DIR"), 0);
	ck_assert_int_eq(found_blocks_init(&self->found, &self->ring, &handler,
					   self->no_directory ? NULL : &self->base, "DIR"),
			 0);
}

static void stop(void)
{
	struct found_blocks_fixture *self = &found_blocks_fixture;

	ring_deinit(&self->ring);
	found_blocks_deinit(&self->found);
	found_blocks_deinit(&self->found);
	store_deinit(&self->base);
}

void found_blocks_fixture_begin(void)
{
	found_blocks_fixture = (struct found_blocks_fixture){.fsync_ns = 5 * CLOCK_MS};
	log_set_sink(hear);
	fake_disk_begin();
	start();
}

void found_blocks_fixture_end(void)
{
	stop();
}

void found_blocks_fixture_restart(bool power_loss)
{
	struct found_blocks_fixture *self = &found_blocks_fixture;

	stop();
	if (power_loss)
		fake_disk_power_loss();
	self->crashed = false;
	self->crash = 0;
	start();
}

static void on_alarm(struct ring_timer *timer)
{
}

void found_blocks_fixture_pass(uint64_t ns)
{
	struct found_blocks_fixture *self = &found_blocks_fixture;
	struct ring_timer timer = {.fn = on_alarm};

	ring_timer_in(&self->ring, &timer, ns);
	while (timer.armed && !self->crashed)
		ck_assert_int_eq(ring_iterate(&self->ring), 0);
	ring_timer_stop(&self->ring, &timer);
}

void found_blocks_fixture_settle(void)
{
	struct found_blocks_fixture *self = &found_blocks_fixture;

	/* The list is written a second after a change. */
	for (unsigned i = 0; i < 3 && !self->crashed; i++) {
		found_blocks_tick(&self->found);
		found_blocks_fixture_pass(CLOCK_S);
	}
}

struct block *found_blocks_fixture_block(unsigned i, uint32_t height)
{
	char hex[FOUND_BLOCKS_FIXTURE_DIGITS + 1];
	struct block *block;

	memset(hex, '0', sizeof(hex) - 1);
	hex[sizeof(hex) - 1] = '\0';
	snprintf(hex, 9, "%08x", i);
	hex[8] = '1'; /* the parent */
	hex[161] = '1';
	block = block_from_hex(hex, sizeof(hex) - 1, height, 5000000000);
	ck_assert_ptr_nonnull(block);
	return block;
}

struct target found_blocks_fixture_hash(unsigned i)
{
	CLEANUP(block_unrefp) struct block *block = found_blocks_fixture_block(i, 0);

	return block->hash;
}

void found_blocks_fixture_find(unsigned i, uint32_t height)
{
	found_blocks_add(&found_blocks_fixture.found, found_blocks_fixture_block(i, height), "node",
			 "regtest");
}

void found_blocks_fixture_answer(unsigned i, enum block_verdict verdict, const char *text)
{
	CLEANUP(block_unrefp) struct block *block = found_blocks_fixture_block(i, 0);
	const struct block_answer answer = {.verdict = verdict, .text = text};

	found_blocks_answered(&found_blocks_fixture.found, block, &answer, "node");
}

const struct found_block *found_blocks_fixture_record(unsigned i)
{
	const struct target hash = found_blocks_fixture_hash(i);

	return found_block_list_find(&found_blocks_fixture.found.list, &hash);
}

void found_blocks_fixture_check(unsigned i, enum found_block_state state)
{
	const struct found_block *record = found_blocks_fixture_record(i);

	ck_assert_ptr_nonnull(record);
	ck_assert_int_eq(record->state, state);
}

void found_blocks_fixture_tip(uint32_t height)
{
	found_blocks_tip(&found_blocks_fixture.found, "regtest", height);
}

void found_blocks_fixture_see(unsigned i, int64_t confirmations)
{
	const struct target hash = found_blocks_fixture_hash(i);

	found_blocks_seen(&found_blocks_fixture.found, &hash, confirmations);
}
