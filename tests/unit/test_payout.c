/* SPDX-License-Identifier: MIT */
/* pool/payout: the bound to the satoshi, what is logged about it and when. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/coinbase.h"
#include "common/container.h"
#include "common/log.h"
#include "pool/payout.h"
#include "suite_main.h"
#include "systemd/ids.h"

#define MINE "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"

enum { SCRIPT_OFFSET = 42, EXTRANONCES = 8, LOG_MAX = 16 };

static struct {
	enum log_level level;
	char id[33], text[LOG_TEXT_MAX];
} logged[LOG_MAX];
static unsigned n_logged;

static void hear(enum log_level level, const char *text, const struct log_field *fields)
{
	ck_assert_uint_lt(n_logged, LOG_MAX);
	logged[n_logged].level = level;
	snprintf(logged[n_logged].text, sizeof(logged[n_logged].text), "%s", text);
	ck_assert_str_eq(fields[0].name, "MESSAGE_ID");
	snprintf(logged[n_logged].id, sizeof(logged[n_logged].id), "%s", fields[0].value);
	n_logged++;
}

static void put_output(uint8_t **out, uint64_t value, const uint8_t *script, size_t n)
{
	for (unsigned i = 0; i < 8; i++)
		*(*out)++ = (uint8_t)(value >> (8 * i));
	*(*out)++ = (uint8_t)n;
	memcpy(*out, script, n);
	*out += n;
}

/* A job whose coinbase pays so much to MINE, in two outputs, and so much to another. */
static struct job *make_job(uint64_t mine, uint64_t other)
{
	static const uint8_t elsewhere[] = {0x51}, commitment[] = {0x6a, 0x24, 0xaa, 0x21};
	struct job *job = job_new(NULL, 256, 0);
	struct address address;
	uint8_t *out = job->coinbase;

	ck_assert_ptr_null(address_parse(&address, MINE));
	*out = 1;
	out[4] = 1;
	memset(out + 37, 0xff, 4);
	out[41] = EXTRANONCES;
	out += SCRIPT_OFFSET + EXTRANONCES;
	memset(out, 0xff, 4);
	out += 4;
	*out++ = 4;
	put_output(&out, mine / 3, address.script, address.script_size);
	put_output(&out, other, elsewhere, sizeof(elsewhere));
	put_output(&out, 0, commitment, sizeof(commitment));
	put_output(&out, mine - mine / 3, address.script, address.script_size);
	out += 4;
	job->coinbase_size = (size_t)(out - job->coinbase);
	job->extranonce2_offset = SCRIPT_OFFSET + 4;
	job->extranonce2_size = 4;
	return job;
}

static enum payout_verdict judge(uint64_t mine, uint64_t other, unsigned ppm,
				 struct payout_judgement *ret)
{
	struct job *job = make_job(mine, other);
	struct address address;
	enum payout_verdict verdict;

	ck_assert_ptr_null(address_parse(&address, MINE));
	verdict = payout_judge(ret, &address, ppm, job);
	job_unref(job);
	return verdict;
}

START_TEST(bounds)
{
	ck_assert_uint_eq(payout_due(0, CONF_PPM), 0);
	ck_assert_uint_eq(payout_due(1, 1), 1);
	ck_assert_uint_eq(payout_due(1000000, 1), 1);
	ck_assert_uint_eq(payout_due(1000001, 1), 2);
	ck_assert_uint_eq(payout_due(312500000, 980000), 306250000);
	ck_assert_uint_eq(payout_due(312500001, 980000), 306250001);
	ck_assert_uint_eq(payout_due(312500000, 985000), 307812500);
	ck_assert_uint_eq(payout_due(312500000, 999999), 312499688); /* 312499687.5 */
	for (unsigned ppm = 1; ppm <= CONF_PPM; ppm += 333333)
		ck_assert_uint_eq(payout_due(COINBASE_MONEY_MAX, ppm),
				  COINBASE_MONEY_MAX / CONF_PPM * ppm);
	ck_assert_uint_eq(payout_due(COINBASE_MONEY_MAX, CONF_PPM), COINBASE_MONEY_MAX);
	ck_assert_uint_eq(payout_due(COINBASE_MONEY_MAX - 1, CONF_PPM), COINBASE_MONEY_MAX - 1);
}
END_TEST

START_TEST(verdicts)
{
	struct payout_judgement judgement;

	ck_assert_int_eq(judge(98, 2, 980000, &judgement), PAYOUT_RIGHT);
	ck_assert_uint_eq(judgement.ppm, 980000);
	ck_assert_uint_eq(judgement.paid, 98);
	ck_assert_uint_eq(judgement.total, 100);
	ck_assert_int_eq(judge(98, 2, 980001, &judgement), PAYOUT_SHORT);
	ck_assert_int_eq(judge(306250000, 6250000, 980000, &judgement), PAYOUT_RIGHT);
	ck_assert_int_eq(judge(306249999, 6250001, 980000, &judgement), PAYOUT_SHORT);
	ck_assert_uint_eq(judgement.ppm, 979999);
	ck_assert_int_eq(judge(5, 0, CONF_PPM, &judgement), PAYOUT_RIGHT);
	ck_assert_int_eq(judge(COINBASE_MONEY_MAX, 0, CONF_PPM, &judgement), PAYOUT_RIGHT);
	ck_assert_uint_eq(judgement.ppm, CONF_PPM);
	ck_assert_int_eq(judge(COINBASE_MONEY_MAX - 1, 1, CONF_PPM, &judgement), PAYOUT_SHORT);
	ck_assert_uint_eq(judgement.ppm, CONF_PPM - 1);
	ck_assert_int_eq(judge(0, 5, 1, &judgement), PAYOUT_SHORT);
	ck_assert_uint_eq(judgement.ppm, 0);
	/* Nobody gets anything: that is no hundred percent. */
	ck_assert_int_eq(judge(0, 0, 1, &judgement), PAYOUT_SHORT);
	ck_assert_ptr_null(judgement.unreadable);
	/* More than there is: no block. */
	ck_assert_int_eq(judge(COINBASE_MONEY_MAX, 1, 1, &judgement), PAYOUT_SHORT);
	ck_assert_ptr_nonnull(judgement.unreadable);
}
END_TEST

/* What is hashed would not be what was read. */
START_TEST(an_extranonce_among_the_outputs)
{
	struct payout_judgement judgement;
	struct address address;
	struct job *job = make_job(100, 0);

	ck_assert_ptr_null(address_parse(&address, MINE));
	for (size_t offset = 0; offset <= job->coinbase_size; offset++) {
		bool apart = offset >= SCRIPT_OFFSET && offset <= SCRIPT_OFFSET + 4;

		job->extranonce2_offset = offset;
		ck_assert_int_eq(payout_judge(&judgement, &address, CONF_PPM, job),
				 apart ? PAYOUT_RIGHT : PAYOUT_SHORT);
		ck_assert_int_eq(judgement.unreadable == NULL, apart);
	}
	job_unref(job);
}
END_TEST

START_TEST(logged_once_a_change)
{
	static const struct {
		uint64_t mine, other;
		const char *id, *text;
	} jobs[] = {
		{98, 2, ID_PAYOUT_RIGHT,
		 "pool p: its coinbase pays 98 % to " MINE ", as it should"},
		{99, 1, NULL, NULL},
		{97, 3, ID_PAYOUT_SHORT,
		 "pool p: its coinbase pays 97 % (97 of 100 satoshi) to " MINE
		 ", and 97.5 % is the least"},
		{1, 2, NULL, NULL},
		{COINBASE_MONEY_MAX, 1, NULL, NULL},
		{1, 0, ID_PAYOUT_RIGHT,
		 "pool p: its coinbase pays 100 % to " MINE ", as it should"},
		{COINBASE_MONEY_MAX, 1, ID_PAYOUT_SHORT,
		 "pool p: its coinbase cannot be read, so nobody knows whom it pays: its outputs "
		 "are "
		 "more money than there is"},
	};
	char address[] = MINE, name[] = "p", reason[PAYOUT_REASON_MAX];
	const struct conf_pool conf = {.name = name,
				       .payout = {.address = address, .minimum_ppm = 975000}};
	struct payout payout;
	unsigned n = 0;

	log_set_sink(hear);
	payout_init(&payout, &conf.payout);
	ck_assert_int_eq(payout.verdict, PAYOUT_UNJUDGED);
	for (size_t i = 0; i < ARRAY_SIZE(jobs); i++) {
		struct job *job = make_job(jobs[i].mine, jobs[i].other);
		bool right = payout_check(&payout, &conf, job, reason);

		ck_assert_int_eq(right, payout.verdict == PAYOUT_RIGHT);
		job_unref(job);
		n += jobs[i].id != NULL;
		ck_assert_uint_eq(n_logged, n);
		if (!jobs[i].id)
			continue;
		ck_assert_str_eq(logged[n - 1].id, jobs[i].id);
		ck_assert_str_eq(logged[n - 1].text, jobs[i].text);
		ck_assert_int_eq(logged[n - 1].level, right ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("payout");
	TCase *tests = tcase_create("payout");

	tcase_add_test(tests, bounds);
	tcase_add_test(tests, verdicts);
	tcase_add_test(tests, an_extranonce_among_the_outputs);
	tcase_add_test(tests, logged_once_a_change);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
