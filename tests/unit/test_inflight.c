/* SPDX-License-Identifier: MIT */
/* Folder daemon/pool/: the shares that are not answered yet. */
#include <check.h>

#include "pool/inflight.h"
#include "suite_main.h"

static struct inflight inflight;
static struct job *job;
static unsigned added;

static void add(unsigned n)
{
	for (; n; n--)
		ck_assert_ptr_nonnull(inflight_add(
			&inflight, &(struct share){.job = job, .nonce = ++added}, false));
}

/* Takes out the first n. */
static void answer(unsigned n)
{
	struct inflight_share sent;

	for (; n; n--) {
		inflight_take(&inflight, &inflight_next(&inflight, NULL)->share, &sent);
		job_unref(sent.share.job);
	}
}

/* They come in the order in which they were added; takes out all. */
static void check_order(unsigned first)
{
	struct inflight_share *sent = NULL;

	while ((sent = inflight_next(&inflight, sent))) {
		ck_assert_uint_eq(sent->share.nonce, first++);
		inflight_remove(&inflight, sent);
	}
	ck_assert_uint_eq(first, added + 1);
	ck_assert_uint_eq(inflight.n, 0);
}

START_TEST(shares_come_in_the_order_in_which_they_were_added)
{
	job = job_new(NULL, 0, 0);
	add(300);
	check_order(1);
	/* Another login: beyond the last place. */
	add(400);
	check_order(301);
	add(INFLIGHT_MAX);
	ck_assert_ptr_null(inflight_add(&inflight, &(struct share){.job = job}, false));
	answer(100);
	add(50);
	check_order(801);
	job_unref(job);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("inflight");
	TCase *tests = tcase_create("inflight");

	tcase_add_test(tests, shares_come_in_the_order_in_which_they_were_added);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
