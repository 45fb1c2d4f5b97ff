/* SPDX-License-Identifier: MIT */
/* From notify to job, and what is wrong with a notify beyond its types. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/header.h"
#include "bitcoin/merkle.h"
#include "common/cleanup.h"
#include "common/container.h"
#include "common/hex.h"
#include "suite_main.h"
#include "upstream/stratum/message.h"
#include "upstream/stratum/work.h"

/* A share that ckpool accepted: tests/transcripts/ckpool-pool.probe.jsonl, "submit good share". */
static const char real_notify[] =
	"{\"params\":[\"6b02d1ed00000000\","
	"\"a30787e294132f821c5c3afed29340525a226ef6b3770f7af220429f0c999cea\","
	"\"0100000001000000000000000000000000000000000000000000000000000000000000000"
	"0ffffffff3a0217020004edd1026b04ac3fa33208\","
	"\"0a636b706f6f6c2d6c6872172f7265616c706565727320636b706f6f6c2d706f6f6c2fffffffff0240be"
	"402500000000160014751e76e8199196d454941c45d1b3a323f1433bd60000000000000000266a24aa21a9"
	"ede2f61c3f71d1defd3fa999dfa36953755c690689799962b48bebd836974e8cf900000000\","
	"[],\"20000000\",\"207fffff\",\"6b02d1ed\",true],\"id\":null,\"method\":\"mining.notify\"}";

static struct work_terms real_terms(void)
{
	struct work_terms terms = {.session = 5};
	struct message_text extranonce1 = {.data = "eed1026b", .size = 8};
	const char *reason;

	work_set_difficulty(&terms, 0.001);
	ck_assert_int_eq(work_set_extranonce(&terms, &extranonce1, 4, &reason), WORK_OK);
	return terms;
}

static int build(struct job **ret, const char *line, const struct work_terms *terms)
{
	struct message message = MESSAGE_NULL;
	const char *reason = NULL;
	size_t used;
	int r;

	ck_assert_int_eq(message_parse(&message, line, strlen(line), &used, &reason), MESSAGE_OK);
	r = work_from_notify(ret, &message.notify, terms, &reason);
	ck_assert(r == WORK_OK || reason);
	message_deinit(&message);
	return r;
}

START_TEST(a_share_that_a_real_pool_accepted)
{
	struct work_terms terms = real_terms();
	struct merkle_prefix prefix;
	struct header header = {};
	struct target hash;
	struct job *job;

	ck_assert_int_eq(build(&job, real_notify, &terms), WORK_OK);
	ck_assert_str_eq(job->id, "6b02d1ed00000000");
	ck_assert_uint_eq(job->session, 5);
	ck_assert_uint_eq(job->extranonce2_size, 4);
	ck_assert(job->clean);
	merkle_prefix_init(&prefix, job, &sha256_scalar);
	merkle_root(job, &prefix, (const uint8_t[]){0, 0, 0, 1}, &sha256_scalar,
		    header.merkle_root);
	header.version = job->version;
	header.ntime = job->ntime;
	header.nbits = job->nbits;
	header.nonce = 0x001378ae;
	memcpy(header.prevhash, job->prevhash, 32);
	header_hash(sha256_compress_scalar, &header, &hash);
	ck_assert(target_met(&job->target, &hash));
	ck_assert(target_met(&job->network_target, &hash));
	job_unref(job);
}
END_TEST

START_TEST(masks_and_what_the_job_has_set)
{
	struct work_terms terms = real_terms();
	struct job *job, *other;
	struct share share;

	terms.version_mask = 0x1fffe000;
	ck_assert_int_eq(build(&job, real_notify, &terms), WORK_OK);
	ck_assert_uint_eq(job->version_mask, 0x1fffe000);
	/* A bit of the mask that the job has set: not rolled at all. */
	terms.version_mask = 0x3fffe000;
	other = work_with_mask(job, &terms);
	ck_assert_uint_eq(other->version_mask, 0);
	share = (struct share){.job = other, .version = other->version};
	ck_assert(!work_says_version(&terms, &share));
	job_unref(other);
	/* A mask that nobody knows: nothing is rolled, and shares say that. */
	terms.version_mask = 0x1fffe000;
	terms.mask_unknown = true;
	other = work_with_mask(job, &terms);
	ck_assert_uint_eq(other->version_mask, 0);
	share = (struct share){.job = other, .version = other->version};
	ck_assert(work_says_version(&terms, &share));
	ck_assert_uint_eq(job_fingerprint(job), job_fingerprint(other));
	ck_assert(!job_repeats(job, other));
	ck_assert_str_eq(other->id, job->id);
	ck_assert_mem_eq(other->coinbase, job->coinbase, job->coinbase_size);
	job_unref(job);
	job_unref(other);
}
END_TEST

/* Found under one mask, sent under another. */
START_TEST(a_share_after_a_change_of_the_mask)
{
	struct work_terms terms = real_terms();
	struct share share = {};

	ck_assert_int_eq(build(&share.job, real_notify, &terms), WORK_OK);
	share.version = share.job->version;
	ck_assert(!work_says_version(&terms, &share));
	terms.version_mask = 0x1fffe000;
	ck_assert(work_says_version(&terms, &share));
	job_unref(share.job);
	ck_assert_int_eq(build(&share.job, real_notify, &terms), WORK_OK);
	terms.version_mask = 0;
	ck_assert(!work_says_version(&terms, &share));
	share.version |= 0x2000;
	ck_assert(work_says_version(&terms, &share));
	job_unref(share.job);
}
END_TEST

/* Each part of a job that its headers depend on makes another fingerprint; its time does not. */
START_TEST(what_distinguishes_jobs)
{
	struct work_terms terms = real_terms();
	struct job *job, *other;

	ck_assert_int_eq(build(&job, real_notify, &terms), WORK_OK);
	ck_assert_int_eq(build(&other, real_notify, &terms), WORK_OK);
	ck_assert(job_repeats(job, other));
	other->ntime++;
	ck_assert_uint_eq(job_fingerprint(job), job_fingerprint(other));
	ck_assert(!job_repeats(job, other));
	other->ntime--;
	other->ntime_roll--;
	ck_assert_uint_eq(job_fingerprint(job), job_fingerprint(other));
	ck_assert(!job_repeats(job, other));
	other->ntime_roll++;
	for (size_t i = 0; i < other->coinbase_size; i++) {
		other->coinbase[i] ^= 1;
		ck_assert_uint_ne(job_fingerprint(job), job_fingerprint(other));
		ck_assert(!job_repeats(job, other));
		other->coinbase[i] ^= 1;
	}
	for (size_t i = 0; i < sizeof(other->prevhash); i++) {
		other->prevhash[i] ^= 0x80;
		ck_assert_uint_ne(job_fingerprint(job), job_fingerprint(other));
		ck_assert(!job_repeats(job, other));
		other->prevhash[i] ^= 0x80;
	}
	other->version ^= 1;
	ck_assert_uint_ne(job_fingerprint(job), job_fingerprint(other));
	other->version ^= 1;
	/* The same headers under another id, difficulty or login are new to who submits shares. */
	ck_assert(job_repeats(job, other));
	other->id[0] ^= 1;
	ck_assert(!job_repeats(job, other));
	other->id[0] ^= 1;
	other->session++;
	ck_assert(!job_repeats(job, other));
	other->session--;
	other->target.word[0]++;
	ck_assert(!job_repeats(job, other));
	ck_assert_uint_eq(job_fingerprint(job), job_fingerprint(other));
	job_unref(job);
	job_unref(other);
}
END_TEST

START_TEST(copies_stand_alone)
{
	struct work_terms terms = real_terms();
	struct job_stock stock = {};
	struct job *job, *copy;

	terms.stock = &stock;
	ck_assert_int_eq(build(&job, real_notify, &terms), WORK_OK);
	job_ref(job);
	copy = job_copy(job);
	ck_assert_uint_eq(atomic_load(&copy->references), 1);
	ck_assert(job_repeats(job, copy));
	ck_assert_ptr_ne(job->coinbase, copy->coinbase);
	job_unref(job);
	job_unref(job);
	ck_assert_str_eq(copy->id, "6b02d1ed00000000");
	ck_assert_uint_eq(copy->coinbase_size, 187);
	job_unref(copy);
	job_stock_deinit(&stock);
}
END_TEST

#define NOTIFY(prevhash, coinb1, coinb2, branches, version, nbits, ntime)            \
	"{\"method\":\"mining.notify\",\"params\":[\"1\",\"" prevhash "\",\"" coinb1 \
	"\",\"" coinb2 "\",[" branches "],\"" version "\",\"" nbits "\",\"" ntime "\",false]}"
#define DIGITS "0000000000000000000000000000000000000000000000000000000000000000"
#define WRONG  "000000000000000000000000000000000000000000000000000000000000000g"

static const char *const wrong_notifies[] = {
	NOTIFY(WRONG, "", "", "", "2", "1d00ffff", "1"),
	NOTIFY(DIGITS, "0", "", "", "2", "1d00ffff", "1"),
	NOTIFY(DIGITS, "", "0", "", "2", "1d00ffff", "1"),
	NOTIFY(DIGITS, "0x", "", "", "2", "1d00ffff", "1"),
	NOTIFY(DIGITS, "", "zz", "", "2", "1d00ffff", "1"),
	NOTIFY(DIGITS, "", "", "\"" WRONG "\"", "2", "1d00ffff", "1"),
	NOTIFY(DIGITS, "", "", "", "x", "1d00ffff", "1"),
	NOTIFY(DIGITS, "", "", "", "2", "x", "1"),
	NOTIFY(DIGITS, "", "", "", "2", "1d00ffff", "x"),
	NOTIFY(DIGITS, "", "", "", "2", "0", "1"),
	NOTIFY(DIGITS, "", "", "", "2", "1d80ffff", "1"),
	NOTIFY(DIGITS, "", "", "", "2", "ff00ffff", "1"),
};

START_TEST(wrong_contents_are_reported)
{
	struct work_terms terms = real_terms();
	struct job *job = NULL;

	ck_assert_int_eq(build(&job, wrong_notifies[_i], &terms), WORK_INVALID);
	ck_assert_ptr_null(job);
}
END_TEST

/* Each part is short enough, the whole is not. */
START_TEST(coinbases_have_a_limit)
{
	CLEANUP(cleanup_free) char *digits = malloc(2 * JOB_COINBASE_MAX + 1);
	struct message_text part = {.data = digits, .size = JOB_COINBASE_MAX};
	struct work_terms terms = real_terms();
	const char *reason = NULL;
	struct job *job = NULL;
	struct message_notify notify = {
		.id = {.data = "1", .size = 1},
		.prevhash = {.data = DIGITS, .size = 64},
		.version = {.data = "2", .size = 1},
		.nbits = {.data = "1d00ffff", .size = 8},
		.ntime = {.data = "1", .size = 1},
	};

	ck_assert_ptr_nonnull(digits);
	memset(digits, '0', 2 * JOB_COINBASE_MAX);
	notify.coinb1 = notify.coinb2 = part;
	ck_assert_int_eq(work_from_notify(&job, &notify, &terms, &reason), WORK_INVALID);
	ck_assert_str_eq(reason, "mining.notify: the coinbase is longer than 256 KiB");
	ck_assert_ptr_null(job);
	/* extranonce1 and 2 of these terms have 8 bytes. */
	notify.coinb2.size -= 16;
	ck_assert_int_eq(work_from_notify(&job, &notify, &terms, &reason), WORK_OK);
	job_unref(job);
}
END_TEST

START_TEST(prevhash_words_are_swapped)
{
	struct work_terms terms = real_terms();
	char digits[65];
	struct job *job;

	ck_assert_int_eq(build(&job, real_notify, &terms), WORK_OK);
	hex_encode(digits, job->prevhash, 32);
	ck_assert_str_eq(digits,
			 "e28707a3822f1394fe3a5c1c524093d2f66e225a7a0f77b39f4220f2ea9c990c");
	job_unref(job);
}
END_TEST

START_TEST(extranonce_limits)
{
	struct work_terms terms = real_terms();
	struct message_text text = {.data = "00ff", .size = 4};
	const char *reason;

	ck_assert_int_eq(work_set_extranonce(&terms, &text, 16, &reason), WORK_OK);
	ck_assert_uint_eq(terms.extranonce1_size, 2);
	ck_assert_int_eq(work_set_extranonce(&terms, &text, 0, &reason), WORK_INVALID);
	ck_assert_int_eq(work_set_extranonce(&terms, &text, 17, &reason), WORK_INVALID);
	ck_assert_int_eq(work_set_extranonce(&terms, &text, -1, &reason), WORK_INVALID);
	text.size = 3;
	ck_assert_int_eq(work_set_extranonce(&terms, &text, 4, &reason), WORK_INVALID);
	text = (struct message_text){.data = "zz", .size = 2};
	ck_assert_int_eq(work_set_extranonce(&terms, &text, 4, &reason), WORK_INVALID);
	/* A refused one changes nothing. */
	ck_assert_uint_eq(terms.extranonce2_size, 16);
	ck_assert_uint_eq(terms.extranonce1[1], 0xff);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work");
	TCase *tests = tcase_create("work");

	tcase_add_test(tests, a_share_that_a_real_pool_accepted);
	tcase_add_test(tests, masks_and_what_the_job_has_set);
	tcase_add_test(tests, a_share_after_a_change_of_the_mask);
	tcase_add_test(tests, what_distinguishes_jobs);
	tcase_add_test(tests, copies_stand_alone);
	tcase_add_loop_test(tests, wrong_contents_are_reported, 0, ARRAY_SIZE(wrong_notifies));
	tcase_add_test(tests, coinbases_have_a_limit);
	tcase_add_test(tests, prevhash_words_are_swapped);
	tcase_add_test(tests, extranonce_limits);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
