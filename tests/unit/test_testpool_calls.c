/* SPDX-License-Identifier: MIT */
/*
 * The library testpool_core as a simulator drives it: by calls, over a wire in memory, with a clock
 * that only the test moves and random numbers that begin with a seed. All bytes are the same then.
 */
#include <check.h>
#include <errno.h>
#include <json-c/json.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/hex.h"
#include "fake_random.h"
#include "jump_clock.h"
#include "suite_main.h"
#include "tests/pool/connection.h"
#include "tests/pool/observer.h"
#include "tests/pool/submit.h"
#include "tests/pool/testpool.h"
#include "tests/pool/wire.h"

enum {
	CALLS_FD = 7,
	CALLS_BYTES = 256 * 1024, /* more than the pool ever sends here */
	CALLS_E1_SIZE = 4,
	CALLS_E2_SIZE = 4,
};

#define CALLS_USER "miner"

/* So that a share's hash begins with 0x00, and its next byte is not 0xff. */
#define CALLS_DIFFICULTY 0x1p-24

/* Both ways of the one connection. */
static struct wire {
	char in[4096]; /* to the pool */
	size_t in_size;
	char out[CALLS_BYTES]; /* from the pool, all of it, with a NUL */
	size_t out_size, taken;
	size_t room; /* bytes that may still be written before -EAGAIN */
	unsigned closed;
} wire;

/* What the observer was told. */
static struct {
	unsigned opened, closed, authorized, judged, lost, violations;
	enum verdict verdict;
	uint8_t header[80];
	bool hashed;
} told;

static struct testpool pool;
static struct connection *miner;

ssize_t wire_read(int fd, void *space, size_t n)
{
	ck_assert_int_eq(fd, CALLS_FD);
	if (!wire.in_size)
		return -EAGAIN;
	n = MIN(n, wire.in_size);
	memcpy(space, wire.in, n);
	wire.in_size -= n;
	memmove(wire.in, wire.in + n, wire.in_size);
	return (ssize_t)n;
}

ssize_t wire_write(int fd, const void *bytes, size_t n, bool more)
{
	ck_assert_int_eq(fd, CALLS_FD);
	n = MIN(n, wire.room);
	if (!n)
		return -EAGAIN;
	ck_assert_uint_lt(wire.out_size + n, sizeof(wire.out));
	memcpy(wire.out + wire.out_size, bytes, n);
	wire.out_size += n;
	wire.room -= n;
	return (ssize_t)n;
}

void wire_close(int fd)
{
	ck_assert_int_eq(fd, CALLS_FD);
	wire.closed++;
}

static void on_opened(struct connection *connection)
{
	ck_assert_ptr_eq(connection->pool, &pool);
	told.opened++;
}

static void on_closed(struct connection *connection)
{
	ck_assert_ptr_eq(connection, miner);
	ck_assert_uint_eq(wire.closed, 0);
	told.closed++;
}

static void on_authorized(struct connection *connection, const char *user)
{
	ck_assert_str_eq(user, CALLS_USER);
	told.authorized++;
}

static void on_judged(struct connection *connection, const struct judged *judged)
{
	told.judged++;
	told.verdict = judged->verdict;
	told.hashed = judged->verified.hashed;
	memcpy(told.header, judged->verified.header, sizeof(told.header));
}

static void on_lost(struct connection *connection)
{
	told.lost++;
}

static void on_violation(struct connection *connection, const char *what)
{
	told.violations++;
}

static const struct testpool_observer observer = {
	.opened = on_opened,
	.closed = on_closed,
	.authorized = on_authorized,
	.judged = on_judged,
	.lost = on_lost,
	.violation = on_violation,
};

/* A pool with one miner's connection. */
static void begin(uint64_t seed)
{
	struct options options;

	jump_clock_stop();
	fake_random_seed(seed);
	memset(&wire, 0, sizeof(wire));
	memset(&told, 0, sizeof(told));
	wire.room = SIZE_MAX;
	options_default(&options);
	options.difficulty = CALLS_DIFFICULTY;
	options.no_events = true;
	ck_assert_int_eq(testpool_init(&pool, &options), 0);
	pool.observer = &observer;
	miner = testpool_accept(&pool, CALLS_FD, "memory");
	ck_assert_ptr_nonnull(miner);
}

static void end(void)
{
	testpool_deinit(&pool);
	ck_assert_uint_eq(wire.closed, 1);
	ck_assert_uint_eq(told.violations, 0);
}

/* One iteration, in which line arrives. */
static void say(const char *line)
{
	wire.in_size = (size_t)snprintf(wire.in, sizeof(wire.in), "%s\n", line);
	connection_receive(miner);
	testpool_work(&pool);
}

static void command(const char *text)
{
	char line[200];

	script_command(&pool, line, (size_t)snprintf(line, sizeof(line), "%s", text));
	testpool_work(&pool);
}

/* The next line that the pool has sent; NULL: none. */
static struct json_object *next_line(void)
{
	char *start = wire.out + wire.taken, *end = strchr(start, '\n');
	struct json_object *line;

	if (!end)
		return NULL;
	*end = '\0';
	line = json_tokener_parse(start);
	*end = '\n';
	wire.taken = (size_t)(end + 1 - wire.out);
	ck_assert_ptr_nonnull(line);
	return line;
}

static const char *method_of(struct json_object *line)
{
	return json_object_get_string(json_object_object_get(line, "method"));
}

/* The next line is of this method, NULL: a reply. */
static struct json_object *expect(const char *method)
{
	struct json_object *line = next_line();

	ck_assert_ptr_nonnull(line);
	if (method)
		ck_assert_str_eq(method_of(line), method);
	else
		ck_assert_ptr_null(method_of(line));
	return line;
}

static void expect_and_drop(const char *method)
{
	json_object_put(expect(method));
}

static bool is_granted(void)
{
	struct json_object *line = expect(NULL);
	bool granted = json_object_get_boolean(json_object_object_get(line, "result"));

	json_object_put(line);
	return granted;
}

/* Returns the job, mining.notify with its envelope. */
static struct json_object *log_in(uint8_t ret_extranonce1[CALLS_E1_SIZE])
{
	struct json_object *reply;

	say("{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"test\"]}");
	reply = expect(NULL);
	ck_assert(hex_decode(ret_extranonce1, CALLS_E1_SIZE,
			     json_object_get_string(json_object_array_get_idx(
				     json_object_object_get(reply, "result"), 1))));
	json_object_put(reply);
	say("{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"" CALLS_USER "\",\"x\"]}");
	ck_assert(is_granted());
	expect_and_drop("mining.set_difficulty");
	return expect("mining.notify");
}

static const char *text_at(struct json_object *job, size_t index)
{
	return json_object_get_string(
		json_object_array_get_idx(json_object_object_get(job, "params"), index));
}

static size_t bytes_at(uint8_t *ret, struct json_object *job, size_t index)
{
	const char *digits = text_at(job, index);

	ck_assert(hex_decode(ret, strlen(digits) / 2, digits));
	return strlen(digits) / 2;
}

static void sha256d(uint8_t ret[32], const uint8_t *bytes, size_t n)
{
	uint8_t once[32];

	SHA256(bytes, n, once);
	SHA256(once, sizeof(once), ret);
}

static void merkle_root(uint8_t ret[32], struct json_object *job,
			const uint8_t extranonce1[CALLS_E1_SIZE])
{
	struct json_object *branches =
		json_object_array_get_idx(json_object_object_get(job, "params"), 4);
	uint8_t bytes[1024];
	size_t n = bytes_at(bytes, job, 2);

	memcpy(bytes + n, extranonce1, CALLS_E1_SIZE);
	n += CALLS_E1_SIZE;
	memset(bytes + n, 0, CALLS_E2_SIZE);
	n += CALLS_E2_SIZE;
	n += bytes_at(bytes + n, job, 3);
	sha256d(ret, bytes, n);
	for (size_t i = 0; i < json_object_array_length(branches); i++) {
		memcpy(bytes, ret, 32);
		ck_assert(
			hex_decode(bytes + 32, 32,
				   json_object_get_string(json_object_array_get_idx(branches, i))));
		sha256d(ret, bytes, 64);
	}
}

/* Each word of four bytes the other way round, as a header has them. */
static void turn(uint8_t *ret, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = bytes[i / 4 * 4 + 3 - i % 4];
}

/* Of the first share for the job with extranonce2 0. */
static uint32_t mine(uint8_t ret_header[80], struct json_object *job,
		     const uint8_t extranonce1[CALLS_E1_SIZE])
{
	uint8_t bytes[32], hash[32];

	bytes_at(bytes, job, 5);
	turn(ret_header, bytes, 4);
	bytes_at(bytes, job, 1);
	turn(ret_header + 4, bytes, 32);
	merkle_root(ret_header + 36, job, extranonce1);
	bytes_at(bytes, job, 7);
	turn(ret_header + 68, bytes, 4);
	bytes_at(bytes, job, 6);
	turn(ret_header + 72, bytes, 4);
	for (uint32_t nonce = 0;; nonce++) {
		for (int i = 0; i < 4; i++)
			ret_header[76 + i] = (uint8_t)(nonce >> (8 * i));
		sha256d(hash, ret_header, 80);
		if (hash[31] == 0 && hash[30] != 0xff)
			return nonce;
	}
}

/* Finds a share and submits it twice. */
static void submit_twice(struct json_object *job, const uint8_t extranonce1[CALLS_E1_SIZE])
{
	uint8_t header[80];
	char line[300];
	uint32_t nonce = mine(header, job, extranonce1);

	for (unsigned i = 0; i < 2; i++) {
		snprintf(line, sizeof(line),
			 "{\"id\":%u,\"method\":\"mining.submit\","
			 "\"params\":[\"" CALLS_USER "\",\"%s\",\"00000000\",\"%s\",\"%08x\"]}",
			 10 + i, text_at(job, 0), text_at(job, 7), nonce);
		say(line);
		ck_assert(is_granted() == (i == 0));
		ck_assert_int_eq(told.verdict, i ? VERDICT_DUPLICATE : VERDICT_ACCEPTED);
		ck_assert(told.hashed);
		ck_assert_mem_eq(told.header, header, sizeof(header));
	}
	ck_assert_uint_eq(told.judged, 2);
}

/* A login, shares, commands and a job that is due. */
static void live(uint64_t seed)
{
	uint8_t extranonce1[CALLS_E1_SIZE];
	struct json_object *job;

	begin(seed);
	job = log_in(extranonce1);
	submit_twice(job, extranonce1);
	json_object_put(job);
	command("ping 7");
	expect_and_drop("mining.ping");
	ck_assert_uint_eq(testpool_deadline(&pool), clock_now() + 30 * CLOCK_S);
	jump_clock(30 * CLOCK_S - 1);
	testpool_work(&pool);
	ck_assert_ptr_null(next_line());
	jump_clock(1);
	testpool_work(&pool);
	expect_and_drop("mining.notify");
	ck_assert_uint_eq(testpool_deadline(&pool), clock_now() + 30 * CLOCK_S);
	command("lose on");
	say("{\"id\":12,\"method\":\"mining.submit\",\"params\":[]}");
	ck_assert_ptr_null(next_line());
	ck_assert_uint_eq(told.lost, 1);
	command("drop");
	ck_assert_ptr_null(pool.connections);
	ck_assert_uint_eq(told.opened, 1);
	ck_assert_uint_eq(told.authorized, 1);
	ck_assert_uint_eq(told.closed, 1);
	end();
}

START_TEST(a_seed_gives_the_same_bytes)
{
	static struct wire first;

	live(1);
	first = wire;
	live(1);
	ck_assert_uint_eq(wire.out_size, first.out_size);
	ck_assert_mem_eq(wire.out, first.out, first.out_size);
	live(2);
	ck_assert(wire.out_size != first.out_size ||
		  memcmp(wire.out, first.out, first.out_size) != 0);
}
END_TEST

/* Bytes that cannot be written wait, and go out in order. */
START_TEST(a_wire_that_is_full)
{
	uint8_t extranonce1[CALLS_E1_SIZE];

	begin(1);
	json_object_put(log_in(extranonce1));
	ck_assert(!connection_wants_write(miner));
	wire.room = 5;
	command("ping 1");
	command("ping 2");
	ck_assert(connection_wants_write(miner));
	ck_assert_ptr_null(next_line());
	while (connection_wants_write(miner)) {
		wire.room = 7;
		testpool_work(&pool);
	}
	for (int i = 1; i <= 2; i++) {
		struct json_object *line = expect("mining.ping");

		ck_assert_int_eq(json_object_get_int(json_object_object_get(line, "id")), i);
		json_object_put(line);
	}
	end();
}
END_TEST

START_TEST(replies_that_are_held_back_have_a_deadline)
{
	begin(1);
	command("delay 250");
	say("{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"test\"]}");
	ck_assert_ptr_null(next_line());
	ck_assert_uint_eq(testpool_deadline(&pool), clock_now() + 250 * CLOCK_MS);
	jump_clock(250 * CLOCK_MS);
	testpool_work(&pool);
	expect_and_drop(NULL);
	end();
}
END_TEST

/* Nobody could follow what he was not told. */
START_TEST(what_is_said_in_silence_is_not_in_force)
{
	uint8_t extranonce1[CALLS_E1_SIZE];
	struct json_object *job;

	begin(1);
	json_object_put(log_in(extranonce1));
	command("silence on");
	command("difficulty 1");
	command("extranonce 0a0b 5");
	say("{\"id\":3,\"method\":\"mining.suggest_difficulty\",\"params\":[1]}");
	ck_assert_ptr_null(next_line());
	command("silence off");
	command("notify");
	job = expect("mining.notify");
	submit_twice(job, extranonce1);
	json_object_put(job);
	end();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("testpool_calls");
	TCase *tests = tcase_create("testpool_calls");

	tcase_add_test(tests, a_seed_gives_the_same_bytes);
	tcase_add_test(tests, a_wire_that_is_full);
	tcase_add_test(tests, replies_that_are_held_back_have_a_deadline);
	tcase_add_test(tests, what_is_said_in_silence_is_not_in_force);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
