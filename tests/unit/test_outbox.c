/* SPDX-License-Identifier: MIT */
/* common/outbox: what is put in comes out in order, nobody waits, and what is lost is counted. */
#include <check.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/outbox.h"
#include "common/thread.h"
#include "suite_main.h"

enum {
	SIZE = 4096,
	ALWAYS_NS = 0, /* for what must be so already */
};

static const uint64_t patience_ns = 20 * CLOCK_S;

/* Whoever is to read the records; he waits for the gate before each one when it is shut. */
static struct reader {
	sem_t gate;
	_Atomic bool shut;
	_Atomic unsigned waits; /* for the gate, so far */
	unsigned next;		/* the number that the next record must have */
	unsigned gaps;		/* where numbers were missing */
	unsigned wrong;		/* records that are not as they were put in */
	uint64_t lost, reports, longest_ns;
	unsigned reported_before; /* the record that came after the first of the reports */
	_Atomic unsigned delivered;
} reader;

static struct outbox outbox;

/* A record: its number, and as many bytes of the number's last digit as its size says. */
struct record {
	unsigned number;
	char filling[];
};

/* In the outbox's thread: what it finds is judged by the test's own. */
static void deliver(void *context, const void *data, size_t size)
{
	const struct record *record = data;

	if (atomic_load(&reader.shut)) {
		atomic_fetch_add(&reader.waits, 1);
		while (sem_wait(&reader.gate) < 0)
			;
	}
	reader.wrong += context != &reader || record->number < reader.next;
	reader.gaps += record->number != reader.next;
	for (size_t i = 0; i < size - sizeof(*record); i++)
		reader.wrong += record->filling[i] != (char)('0' + record->number % 10);
	reader.next = record->number + 1;
	atomic_fetch_add(&reader.delivered, 1);
}

static void lost(void *context, uint64_t n, uint64_t longest_ns)
{
	reader.lost += n;
	if (!reader.reports++)
		reader.reported_before = reader.next;
	reader.longest_ns = longest_ns;
}

static const struct outbox_handler handler = {
	.thread_name = "reader", .size = SIZE, .deliver = deliver, .lost = lost};

static void setup(void)
{
	memset(&reader, 0, sizeof(reader));
	sem_init(&reader.gate, 0, 0);
	ck_assert_int_eq(outbox_start(&outbox, &handler, &reader), 0);
}

static bool put(unsigned number, size_t filling)
{
	struct record *record = outbox_reserve(&outbox, sizeof(*record) + SIZE / 8);

	if (!record)
		return false;
	record->number = number;
	memset(record->filling, '0' + (int)(number % 10), filling);
	outbox_commit(&outbox, sizeof(*record) + filling);
	return true;
}

static void shut(void)
{
	atomic_store(&reader.shut, true);
}

static void open_up(void)
{
	atomic_store(&reader.shut, false);
	sem_post(&reader.gate);
}

static void wait_until_it_blocks(void)
{
	uint64_t give_up = clock_now() + patience_ns;

	while (!atomic_load(&reader.waits) && clock_now() < give_up)
		sched_yield();
	ck_assert(atomic_load(&reader.waits));
}

START_TEST(records_come_in_order)
{
	/* Many times around the queue, with records of all sizes. */
	for (unsigned i = 0; i < 20000; i++) {
		if (put(i, i * 7 % (SIZE / 8)))
			continue;
		ck_assert(outbox_flush(&outbox, patience_ns));
		ck_assert(put(i, 3));
	}
	ck_assert(outbox_stop(&outbox, patience_ns));
	ck_assert_uint_eq(reader.next, 20000);
	ck_assert_uint_eq(reader.wrong, 0);
	ck_assert_uint_eq(reader.gaps, 0);
	ck_assert(outbox_stop(&outbox, ALWAYS_NS));
}
END_TEST

START_TEST(nobody_waits_for_the_reader)
{
	unsigned took = 0;

	shut();
	ck_assert(put(0, 100));
	wait_until_it_blocks();
	/* It holds one; what does not fit behind it is dropped, at once. */
	for (unsigned i = 1; i < 1000; i++)
		took += put(i, 100);
	ck_assert_uint_gt(took, SIZE / 8 / 2 / 100);
	ck_assert_uint_lt(took, SIZE / 100);
	ck_assert(!outbox_flush(&outbox, CLOCK_MS));
	ck_assert(!outbox_stop(&outbox, CLOCK_MS));
	ck_assert_uint_eq(reader.reports, 0);
	open_up();
	ck_assert(outbox_flush(&outbox, patience_ns));
	ck_assert_uint_eq(reader.next, 1 + took);
	ck_assert_uint_eq(reader.gaps, 0);
	ck_assert_uint_eq(reader.lost, 999 - took);
	ck_assert_uint_eq(reader.reports, 1);
	ck_assert_uint_gt(reader.longest_ns, CLOCK_MS);
	/* From then on it is as it was. */
	ck_assert(put(1000, 100));
	ck_assert(outbox_stop(&outbox, patience_ns));
	ck_assert_uint_eq(reader.next, 1001);
	ck_assert_uint_eq(reader.lost, 999 - took);
}
END_TEST

/* A loss is logged where the messages are missing: after what was before it, before what came
 * later. */
START_TEST(a_loss_is_logged_in_its_place)
{
	uint64_t give_up;
	unsigned i = 0;

	shut();
	ck_assert(put(i++, 100));
	wait_until_it_blocks();
	while (put(i, 100))
		i++;
	ck_assert_uint_gt(outbox_waiting(&outbox), SIZE / 2);
	/* Some are let through: there is room again, and the loss is not logged yet. */
	for (unsigned n = 0; n < 8; n++)
		sem_post(&reader.gate);
	give_up = clock_now() + patience_ns;
	while (!put(i + 1, 0) && clock_now() < give_up)
		sched_yield();
	ck_assert_uint_eq(reader.reports, 0);
	open_up();
	ck_assert(outbox_stop(&outbox, patience_ns));
	ck_assert_uint_ge(reader.lost, 1);
	ck_assert_uint_eq(reader.gaps, 1);
	ck_assert_uint_eq(reader.reported_before, i);
	ck_assert_uint_eq(reader.next, i + 2);
	ck_assert_uint_eq(reader.wrong, 0);
}
END_TEST

static void *put_many(void *argument)
{
	unsigned *put_in = argument;

	for (unsigned i = 0; i < 100000; i++)
		*put_in += put(i, i % 50);
	return NULL;
}

START_TEST(another_thread_puts_in)
{
	unsigned put_in = 0;
	pthread_t thread;

	ck_assert_int_eq(thread_start(&thread, NULL, put_many, &put_in), 0);
	pthread_join(thread, NULL);
	ck_assert(outbox_stop(&outbox, patience_ns));
	ck_assert_uint_eq(atomic_load(&reader.delivered), put_in);
	ck_assert_uint_eq(reader.lost, 100000 - put_in);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("outbox");
	TCase *tests = tcase_create("outbox");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, records_come_in_order);
	tcase_add_test(tests, nobody_waits_for_the_reader);
	tcase_add_test(tests, a_loss_is_logged_in_its_place);
	tcase_add_test(tests, another_thread_puts_in);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
