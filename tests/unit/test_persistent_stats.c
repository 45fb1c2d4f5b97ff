/* SPDX-License-Identifier: MIT */
/*
 * io/store and persistent_stats: a file in a folder of the test, on a ring of its own; full disks
 * are a file system of a few pages, which only root can mount.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "jump_clock.h"
#include "state/persistent_stats.h"
#include "suite_main.h"

static char folder[64], file[96];
static struct ring ring;
static struct conf conf;
static struct share_stats run;
static struct persistent_stats stats;
static unsigned warnings, bests;

static void hear(enum log_level level, const char *text, const struct log_field *fields)
{
	warnings += level <= LOG_LEVEL_WARNING;
	bests += strncmp(text, "best share ever", strlen("best share ever")) == 0;
}

/*
 * A thread of the kernel that has completed an operation may hold the directory, and with it the
 * lock, until it has ended.
 */
static void wait_for_lock(void)
{
	const struct timespec pause = {.tv_nsec = 10 * CLOCK_MS};
	bool locked = true;

	for (unsigned i = 0; locked && i < 3000; i++) {
		int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		locked = flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
		close(fd);
		if (locked)
			nanosleep(&pause, NULL);
	}
}

static void begin(void)
{
	wait_for_lock();
	run = (struct share_stats){};
	ck_assert_int_eq(persistent_stats_init(&stats, &ring, &conf, &run), 0);
}

static void end(void)
{
	persistent_stats_deinit(&stats);
	/* As the end of a process, which ends the threads that the kernel has for its ring. */
	ring_deinit(&ring);
	ck_assert_int_eq(ring_init(&ring), 0);
}

static void setup(void)
{
	strcpy(folder, "/tmp/test_persistent_stats.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/state.json", folder);
	unsetenv("STATE_DIRECTORY");
	log_set_sink(hear);
	warnings = bests = 0;
	conf = (struct conf){.state_directory = folder};
	ck_assert_int_eq(ring_init(&ring), 0);
}

static void teardown(void)
{
	char command[128];

	ring_deinit(&ring);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void on_alarm(struct ring_timer *timer)
{
}

/* Iterates until nothing is being written; also while the clock is stopped. */
static void settle(void)
{
	uint64_t give_up = clock_now() + 10 * CLOCK_S;

	while (persistent_stats_busy(&stats)) {
		struct ring_timer timer = {.fn = on_alarm};

		ck_assert_uint_lt(clock_now(), give_up);
		ring_timer_in(&ring, &timer, CLOCK_MS);
		ck_assert_int_eq(ring_iterate(&ring), 0);
		ring_timer_stop(&ring, &timer);
	}
}

/* A share whose difficulty is 2^bits. */
static void find(unsigned bits, const char *pool)
{
	struct share share = {};

	share.hash.word[6] = 0xffff0000u >> bits;
	persistent_stats_found(&stats, &share, pool);
}

static void spoil(const char *text)
{
	FILE *out = fopen(file, "w");

	ck_assert_ptr_nonnull(out);
	fputs(text, out);
	fclose(out);
}

static bool exists(const char *suffix)
{
	char path[128];

	snprintf(path, sizeof(path), "%s%s", file, suffix);
	return access(path, F_OK) == 0;
}

START_TEST(kept_over_a_restart)
{
	struct stats_file record;

	begin();
	ck_assert(!stats.kept.has_best);
	persistent_stats_tick(&stats);
	ck_assert(!persistent_stats_busy(&stats)); /* nothing to keep, nothing to write */
	find(3, "one");
	find(2, "two");
	run.accepted = 5;
	run.blocks.found = 2;
	run.blocks.accepted = 1;
	persistent_stats_tick(&stats);
	ck_assert(persistent_stats_busy(&stats));
	settle();
	ck_assert(!exists(".new"));
	end();

	begin();
	record = persistent_stats_total(&stats);
	ck_assert_uint_eq(record.accepted, 5);
	ck_assert_uint_eq(record.blocks_found, 2);
	ck_assert_uint_eq(record.blocks_accepted, 1);
	ck_assert_str_eq(record.best_pool, "one");
	ck_assert_double_eq_tol(target_difficulty(&record.best), 8, 0.001);
	run.accepted = 2;
	ck_assert_uint_eq(persistent_stats_total(&stats).accepted, 7);
	ck_assert_uint_eq(warnings, 0);
	end();
}
END_TEST

START_TEST(only_better_shares_are_logged)
{
	begin();
	find(1, "p"); /* the first one is no news */
	ck_assert_uint_eq(bests, 0);
	find(1, "q");
	find(0, "q");
	ck_assert_uint_eq(bests, 0);
	ck_assert_str_eq(stats.kept.best_pool, "p");
	find(2, NULL);
	ck_assert_str_eq(stats.kept.best_pool, "");
	/* Not yet: one line covers all of PERSISTENT_STATS_LOG_S. */
	find(3, "q");
	persistent_stats_tick(&stats);
	ck_assert_uint_eq(bests, 0);
	jump_clock(PERSISTENT_STATS_LOG_S * CLOCK_S);
	persistent_stats_tick(&stats);
	persistent_stats_tick(&stats);
	ck_assert_uint_eq(bests, 1);
	find(4, "q");
	persistent_stats_tick(&stats);
	ck_assert_uint_eq(bests, 1);
	jump_clock(PERSISTENT_STATS_LOG_S * CLOCK_S);
	find(5, "q");
	ck_assert_uint_eq(bests, 2);
	/* At the end at the latest. */
	find(6, "q");
	ck_assert_uint_eq(bests, 2);
	persistent_stats_stop(&stats);
	settle();
	ck_assert_uint_eq(bests, 3);
	end();
	/* The next run's first better one is news. */
	begin();
	find(5, "q");
	ck_assert_uint_eq(bests, 3);
	find(7, "q");
	ck_assert_uint_eq(bests, 4);
	end();
}
END_TEST

/* Its difficulty is infinite: no file could hold it. */
START_TEST(a_hash_of_zero)
{
	struct share share = {};

	begin();
	persistent_stats_found(&stats, &share, "p");
	ck_assert(!stats.kept.has_best);
	find(1, "p");
	persistent_stats_found(&stats, &share, "q");
	ck_assert_str_eq(stats.kept.best_pool, "p");
	end();
}
END_TEST

START_TEST(not_more_often_than_asked)
{
	conf.state_interval = 3600;
	jump_clock_stop(); /* however long the disk takes */
	begin();
	find(1, "p");
	persistent_stats_tick(&stats);
	settle();
	run.accepted++;
	persistent_stats_tick(&stats);
	ck_assert(!persistent_stats_busy(&stats));
	find(2, "p");
	persistent_stats_tick(&stats);
	ck_assert(!persistent_stats_busy(&stats)); /* within PERSISTENT_STATS_BEST_S */
	jump_clock(PERSISTENT_STATS_BEST_S * CLOCK_S);
	persistent_stats_tick(&stats);
	ck_assert(persistent_stats_busy(&stats));
	settle();
	run.accepted++;
	persistent_stats_stop(&stats);
	ck_assert(persistent_stats_busy(&stats));
	settle();
	end();
	begin();
	ck_assert_uint_eq(persistent_stats_total(&stats).accepted, 2);
	end();
}
END_TEST

/* What changes while the last write is on its way is written too, and what changes after it. */
START_TEST(stopped_in_the_middle_of_a_write)
{
	begin();
	conf.state_interval = 3600;
	run.accepted = 1;
	persistent_stats_tick(&stats);
	ck_assert(persistent_stats_busy(&stats));
	run.accepted = 2;
	persistent_stats_stop(&stats);
	settle();
	ck_assert(persistent_stats_finish(&stats));
	run.accepted = 3; /* a node has taken a block */
	ck_assert(!persistent_stats_finish(&stats));
	settle();
	ck_assert(persistent_stats_finish(&stats));
	end();
	begin();
	ck_assert_uint_eq(persistent_stats_total(&stats).accepted, 3);
	end();
}
END_TEST

START_TEST(a_file_that_has_suffered)
{
	spoil("{\"version\":1,");
	begin();
	ck_assert_uint_eq(warnings, 1);
	ck_assert(exists(".bad") && !exists(""));
	find(1, "p");
	persistent_stats_tick(&stats);
	settle();
	end();
	begin();
	ck_assert(stats.kept.has_best);
	ck_assert_uint_eq(warnings, 1);
	end();
}
END_TEST

START_TEST(something_that_is_no_file)
{
	ck_assert_int_eq(mkdir(file, 0700), 0);
	begin();
	ck_assert_uint_eq(warnings, 1);
	ck_assert(exists(".bad"));
	end();
}
END_TEST

/* A crash may leave the beginning of a new file, which is of no account. */
START_TEST(half_of_a_new_file)
{
	begin();
	find(1, "p");
	persistent_stats_tick(&stats);
	settle();
	end();
	strcat(file, ".new");
	spoil("{\"ver");
	file[strlen(file) - strlen(".new")] = '\0';
	begin();
	ck_assert_uint_eq(warnings, 0);
	ck_assert(stats.kept.has_best);
	find(2, "p");
	persistent_stats_stop(&stats);
	settle();
	ck_assert(!exists(".new"));
	end();
}
END_TEST

/* Whatever has the name of the new file is put aside, and what it leads to is not touched. */
START_TEST(links_are_not_followed)
{
	char other[96], fresh[112];
	struct stat status;

	snprintf(other, sizeof(other), "%s/other", folder);
	snprintf(fresh, sizeof(fresh), "%s.new", file);
	begin();
	for (unsigned i = 0; i < 3; i++) {
		FILE *stream = fopen(other, "w");

		fputs("precious", stream);
		fclose(stream);
		if (i == 0)
			ck_assert_int_eq(symlink(other, fresh), 0);
		else if (i == 1)
			ck_assert_int_eq(link(other, fresh), 0);
		else
			ck_assert_int_eq(mkfifo(fresh, 0600), 0);
		find(i + 1, "p");
		persistent_stats_stop(&stats);
		settle();
		ck_assert(!exists(".new"));
		ck_assert_int_eq(stat(other, &status), 0);
		ck_assert_int_eq(status.st_size, strlen("precious"));
		ck_assert_int_eq(lstat(file, &status), 0);
		ck_assert(S_ISREG(status.st_mode));
	}
	ck_assert_uint_eq(warnings, 0);
	end();
}
END_TEST

/* The second daemon on one directory does not write over what the first one keeps. */
START_TEST(a_directory_that_is_taken)
{
	struct persistent_stats second = PERSISTENT_STATS_NULL;

	begin();
	ck_assert_int_eq(persistent_stats_init(&second, &ring, &conf, &run), -EWOULDBLOCK);
	ck_assert_uint_eq(warnings, 1);
	persistent_stats_deinit(&second);
	end();
	/* And once the first has ended it is free. */
	ck_assert_int_eq(persistent_stats_init(&second, &ring, &conf, &run), 0);
	persistent_stats_deinit(&second);
}
END_TEST

START_TEST(no_directory)
{
	char missing[96];

	snprintf(missing, sizeof(missing), "%s/missing", folder);
	conf.state_directory = missing;
	begin();
	ck_assert_uint_eq(warnings, 1);
	find(1, "p");
	persistent_stats_stop(&stats);
	ck_assert(!persistent_stats_busy(&stats));
	ck_assert(persistent_stats_total(&stats).has_best); /* of this run */
	end();
	/* Nobody wants one: no reason to warn. */
	conf.state_directory = NULL;
	setenv("STATE_DIRECTORY", "", 1);
	begin();
	ck_assert_uint_eq(warnings, 1);
	ck_assert_ptr_null(stats.path);
	end();
	setenv("STATE_DIRECTORY", folder, 1);
	strcat(strcpy(missing, folder), ":/nonexistent");
	setenv("STATE_DIRECTORY", missing, 1);
	begin();
	ck_assert_str_eq(stats.path, file);
	end();
}
END_TEST

START_TEST(a_directory_that_cannot_be_written)
{
	if (geteuid() == 0) {
		puts("# root may write everywhere");
		return;
	}
	ck_assert_int_eq(chmod(folder, 0500), 0);
	begin();
	ck_assert_uint_eq(warnings, 1);
	ck_assert_ptr_null(stats.path);
	end();
	chmod(folder, 0700);
}
END_TEST

/* A file system of one page in folder, in a name space of this process; false: not allowed. */
static bool mount_small(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", folder, "tmpfs", 0, "size=8k") == 0;
}

START_TEST(a_full_disk)
{
	char filling[96];
	int fd;

	if (!mount_small()) {
		printf("# no small file system: %s\n", strerror(errno));
		return;
	}
	begin();
	find(1, "p");
	persistent_stats_tick(&stats);
	settle();
	snprintf(filling, sizeof(filling), "%s/filling", folder);
	fd = open(filling, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_ge(fd, 0);
	while (write(fd, (char[512]){}, 512) > 0)
		;
	ck_assert_int_eq(close(fd), 0);
	find(2, "p");
	for (unsigned i = 0; i < 3; i++) {
		persistent_stats_tick(&stats);
		settle();
	}
	ck_assert_uint_eq(warnings, 1); /* once */
	ck_assert_int_eq(unlink(filling), 0);
	persistent_stats_stop(&stats);
	settle();
	ck_assert(!stats.failed);
	end();
	begin();
	ck_assert_double_eq_tol(target_difficulty(&stats.kept.best), 4, 0.001);
	end();
	ck_assert_int_eq(umount(folder), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("persistent_stats");
	TCase *tests = tcase_create("persistent_stats");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, kept_over_a_restart);
	tcase_add_test(tests, only_better_shares_are_logged);
	tcase_add_test(tests, a_hash_of_zero);
	tcase_add_test(tests, not_more_often_than_asked);
	tcase_add_test(tests, stopped_in_the_middle_of_a_write);
	tcase_add_test(tests, a_file_that_has_suffered);
	tcase_add_test(tests, something_that_is_no_file);
	tcase_add_test(tests, half_of_a_new_file);
	tcase_add_test(tests, links_are_not_followed);
	tcase_add_test(tests, a_directory_that_is_taken);
	tcase_add_test(tests, no_directory);
	tcase_add_test(tests, a_directory_that_cannot_be_written);
	tcase_add_test(tests, a_full_disk);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
