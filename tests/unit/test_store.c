/* SPDX-License-Identifier: MIT */
/* io/store with files as large as blocks, in a folder of the test, on a ring of its own. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/store.h"
#include "suite_main.h"

enum { LARGE = 9 * 1000 * 1000 };

static char folder[64];
static struct ring ring;
static struct store base, store;
static int result;
static bool done;

static void on_done(struct store *self, int r)
{
	result = r;
	done = true;
}

static void setup(void)
{
	strcpy(folder, "/tmp/test_store.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(ring_init(&ring), 0);
	store_init(&base, &ring, "base", on_done);
	store_init(&store, &ring, "beside", on_done);
	ck_assert_int_eq(store_open(&base, folder), 0);
	store_open_beside(&store, &base);
}

static void teardown(void)
{
	char command[128];

	store_deinit(&store);
	store_deinit(&store);
	store_deinit(&base);
	ring_deinit(&ring);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static int wait_for(struct store *self)
{
	for (done = false; !done;)
		ck_assert_int_eq(ring_iterate(&ring), 0);
	ck_assert(!store_busy(self));
	return result;
}

static bool exists(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return access(path, F_OK) == 0;
}

START_TEST(large_and_in_pieces)
{
	char *large = malloc(LARGE), *read = malloc(LARGE + 16);
	const struct store_piece pieces[] = {{"head\n", 5}, {"", 0}, {large, LARGE}, {"\n", 1}};

	memset(large, 'f', LARGE);
	large[0] = 'a';
	large[LARGE - 1] = 'z';
	store_write(&store, pieces, 4);
	ck_assert_int_eq(wait_for(&store), 0);
	ck_assert_int_eq(store_read(&store, read, LARGE + 16), LARGE + 6);
	ck_assert_mem_eq(read, "head\na", 6);
	ck_assert_mem_eq(read + 5, large, LARGE);
	ck_assert_int_eq(read[LARGE + 5], '\n');
	ck_assert_int_eq(store_read(&store, read, 100), 100);
	/* Another file of the same directory. */
	store_set_name(&store, "other");
	ck_assert_int_eq(store_read(&store, read, 100), -ENOENT);
	store_write(&store, pieces, 1);
	ck_assert_int_eq(wait_for(&store), 0);
	ck_assert(exists("beside") && exists("other"));
	store_remove(&store);
	ck_assert_int_eq(wait_for(&store), 0);
	ck_assert(exists("beside") && !exists("other"));
	store_remove(&store);
	ck_assert_int_eq(wait_for(&store), 0);
	free(large);
	free(read);
}
END_TEST

/* A file that does not fit leaves nothing behind that takes up the space. */
START_TEST(half_of_a_file_is_removed)
{
	struct rlimit limit;
	char *large = calloc(1, LARGE), read[8];
	const struct store_piece old = {"old", 3}, fresh = {large, LARGE};

	signal(SIGXFSZ, SIG_IGN);
	store_write(&store, &old, 1);
	ck_assert_int_eq(wait_for(&store), 0);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = 1000 * 1000;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	store_write(&store, &fresh, 1);
	ck_assert_int_lt(wait_for(&store), 0);
	ck_assert(!exists("beside.new"));
	ck_assert_int_eq(store_read(&store, read, sizeof(read)), 3);
	free(large);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store");
	TCase *tc = tcase_create("store");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, large_and_in_pieces);
	tcase_add_test(tc, half_of_a_file_is_removed);
	suite_add_tcase(suite, tc);
	return suite_main(suite);
}
