/* SPDX-License-Identifier: MIT */
/* common/log: what is logged, how often, and that nobody waits for whoever reads it. */
#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/log_limit.h"
#include "common/thread.h"
#include "jump_clock.h"
#include "suite_main.h"

static char heard[65536];
static size_t heard_size;
static _Atomic unsigned lines;
static unsigned lost, reports; /* messages that the log says it lost */
static sem_t gate;
static _Atomic bool shut;

/* One line a message: "LEVEL text NAME=value". */
static void hear(enum log_level level, const char *text, const struct log_field *fields)
{
	size_t n = heard_size;

	if (atomic_load(&shut))
		while (sem_wait(&gate) < 0)
			;
	if (strncmp(text, "log: ", 5) == 0) {
		lost += (unsigned)strtoul(text + 5, NULL, 10);
		reports++;
	}
	n += (size_t)snprintf(heard + n, sizeof(heard) - n, "%d %s", level, text);
	for (; fields->name && n < sizeof(heard); fields++)
		n += (size_t)snprintf(heard + n, sizeof(heard) - n, " %s=%s", fields->name,
				      fields->value);
	/* What has no place any more is only counted. */
	if (n + 1 < sizeof(heard)) {
		strcpy(heard + n, "\n");
		heard_size = n + 1;
	}
	heard[heard_size] = '\0';
	atomic_fetch_add(&lines, 1);
}

static void forget(void)
{
	heard[0] = '\0';
	heard_size = 0;
}

/* Until all is delivered, however slow the machine is. */
static void finish(void)
{
	uint64_t give_up = clock_now() + 20 * CLOCK_S;

	while (!log_stop())
		ck_assert(clock_now() < give_up);
}

static void setup(void)
{
	forget();
	lines = lost = reports = 0;
	sem_init(&gate, 0, 0);
	shut = false;
	log_set_sink(hear);
	log_set_level(LOG_LEVEL_INFO);
}

START_TEST(messages_are_whole)
{
	log_warning("a %d", 1);
	log_debug("b");
	log_event(LOG_LEVEL_NOTICE, LOG_FIELDS({"A", "x"}, {"B", ""}), "c");
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("d");
	ck_assert_str_eq(heard, "4 a 1\n5 c A=x B=\n7 d\n");
}
END_TEST

START_TEST(the_thread_delivers_the_same)
{
	char long_text[2 * LOG_TEXT_MAX], long_value[2 * LOG_ENTRY_MAX];

	memset(long_text, 't', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	memset(long_value, 'v', sizeof(long_value));
	long_value[sizeof(long_value) - 1] = '\0';
	log_start();
	log_event(LOG_LEVEL_NOTICE, LOG_FIELDS({"A", "x"}, {"B", ""}), "c %d", 5);
	finish();
	ck_assert_str_eq(heard, "5 c 5 A=x B=\n");

	/* What is too long is cut, and fields that have no room left out. */
	forget();
	log_start();
	log_event(LOG_LEVEL_INFO, LOG_FIELDS({"A", long_value}, {"B", "2"}), "%s", long_text);
	finish();
	ck_assert_uint_eq(strcspn(heard, " "), 1);
	ck_assert_uint_eq(strspn(heard + 2, "t"), LOG_TEXT_MAX - 1);
	ck_assert_ptr_nonnull(strstr(heard, "t A=vvv"));
	ck_assert_uint_gt(strlen(heard), LOG_ENTRY_MAX);
	ck_assert_ptr_null(strstr(heard, "B="));
	/* And when it is over, messages are written at once again. */
	log_warning("later");
	ck_assert_ptr_nonnull(strstr(heard, "\n4 later\n"));
}
END_TEST

static void say(const char *pool, int number)
{
	log_event(LOG_LEVEL_WARNING, LOG_FIELDS({"MINERD_POOL", pool}), "pool %s: %d", pool,
		  number);
}

START_TEST(each_place_and_subject_has_its_limit)
{
	for (int i = 0; i < 2 * LOG_LIMIT_MESSAGES; i++)
		say("a", i);
	ck_assert_uint_eq(lines, LOG_LIMIT_MESSAGES);
	ck_assert_ptr_nonnull(strstr(heard, "pool a: 9 "));
	ck_assert_ptr_null(strstr(heard, "pool a: 10 "));
	/* Another subject, and another place, are not concerned. */
	say("b", 1);
	log_event(LOG_LEVEL_INFO, LOG_FIELDS({"MINERD_POOL", "a"}), "elsewhere");
	ck_assert_uint_eq(lines, LOG_LIMIT_MESSAGES + 2);
	/* The minute is not over. */
	log_tick();
	ck_assert_uint_eq(lines, LOG_LIMIT_MESSAGES + 2);
	/* The end tells what there would have been. */
	finish();
	ck_assert_uint_eq(lines, LOG_LIMIT_MESSAGES + 3);
	ck_assert_ptr_nonnull(strstr(heard, "\n4 pool a: 10 (9 more suppressed) MINERD_POOL=a\n"));
	finish();
	ck_assert_uint_eq(lines, LOG_LIMIT_MESSAGES + 3);
}
END_TEST

START_TEST(a_summary_follows_the_minute)
{
	for (int i = 0; i < LOG_LIMIT_MESSAGES + 3; i++)
		say("a", i);
	jump_clock((LOG_LIMIT_S - 1) * CLOCK_S / 2);
	log_tick();
	ck_assert_uint_eq(lines, LOG_LIMIT_MESSAGES);
	jump_clock((LOG_LIMIT_S + 1) * CLOCK_S / 2);
	log_tick();
	ck_assert_uint_eq(lines, LOG_LIMIT_MESSAGES + 1);
	ck_assert_ptr_nonnull(strstr(heard, "\n4 pool a: 10 (2 more suppressed) MINERD_POOL=a\n"));
	log_tick();
	/* A single one is logged as it was. */
	for (int i = 0; i < LOG_LIMIT_MESSAGES + 1; i++)
		say("b", i);
	jump_clock(LOG_LIMIT_S * CLOCK_S);
	log_tick();
	ck_assert_ptr_nonnull(strstr(heard, "\n4 pool b: 10 MINERD_POOL=b\n"));
	/* Where the next message comes first, it says how many there were. */
	for (int i = 0; i < LOG_LIMIT_MESSAGES + 4; i++)
		say("c", i);
	jump_clock(LOG_LIMIT_S * CLOCK_S);
	say("c", 77);
	ck_assert_ptr_nonnull(strstr(heard, "\n4 pool c: 77 (4 more suppressed) MINERD_POOL=c\n"));
}
END_TEST

START_TEST(what_no_peer_causes_has_none)
{
	for (int i = 0; i < 100; i++)
		log_unlimited(LOG_LEVEL_INFO, "error %d", i);
	ck_assert_uint_eq(lines, 100);
}
END_TEST

START_TEST(debug_shows_more)
{
	log_set_level(LOG_LEVEL_DEBUG);
	for (int i = 0; i < LOG_LIMIT_DEBUG + 5; i++) {
		forget();
		say("a", i);
	}
	ck_assert_uint_eq(lines, LOG_LIMIT_DEBUG);
}
END_TEST

START_TEST(clients_are_subjects_and_bounded)
{
	char peer[32];

	for (unsigned uid = 0; uid < 5000; uid++) {
		snprintf(peer, sizeof(peer), "uid %u", uid);
		log_event(LOG_LEVEL_WARNING, LOG_FIELDS({"MINERD_PEER", peer}), "%s", peer);
	}
	/* One message of each of the first, then those of all further ones together. */
	ck_assert_uint_eq(lines, LOG_LIMIT_SUBJECTS + LOG_LIMIT_MESSAGES);
	/* The pool is the subject where there are both. */
	for (unsigned i = 0; i < 2 * LOG_LIMIT_MESSAGES; i++)
		log_event(LOG_LEVEL_WARNING, LOG_FIELDS({"MINERD_PEER", "x"}, {"MINERD_POOL", "a"}),
			  "%u", i);
	ck_assert_ptr_nonnull(strstr(heard, "4 9 MINERD_PEER=x MINERD_POOL=a\n"));
	ck_assert_ptr_null(strstr(heard, "4 10 MINERD_PEER=x"));
}
END_TEST

/* The table alone, at times of the test's own. */
START_TEST(limit_over_time)
{
	static struct log_limit limit;
	static const struct log_limit_subject subject = {"MINERD_POOL", "a"};
	struct log_limit_entry *entry;
	char suffix[LOG_LIMIT_SUFFIX_MAX];
	uint64_t now = 5 * CLOCK_S, suppressed;
	size_t at = 0;

	for (int i = 0; i < 10; i++)
		ck_assert(log_limit_take(&limit, &limit, &subject, 10, now, &entry, &suppressed));
	for (int i = 0; i < 7; i++)
		ck_assert(!log_limit_take(&limit, &limit, &subject, 10, now, &entry, &suppressed));
	log_limit_keep(entry, LOG_LEVEL_NOTICE, "kept");
	ck_assert_ptr_null(log_limit_due(&limit, now + 59 * CLOCK_S, false, &at));
	/* The next one after the minute says how many. */
	now += LOG_LIMIT_S * CLOCK_S;
	ck_assert(log_limit_take(&limit, &limit, &subject, 10, now, &entry, &suppressed));
	ck_assert_uint_eq(suppressed, 7);
	ck_assert_str_eq(log_limit_suffix(suffix, suppressed), " (7 more suppressed)");
	ck_assert_str_eq(entry->text, "");
	for (int i = 0; i < 12; i++)
		log_limit_take(&limit, &limit, &subject, 10, now, &entry, &suppressed);
	/* And if none comes, a summary does. */
	now += LOG_LIMIT_S * CLOCK_S;
	at = 0;
	entry = log_limit_due(&limit, now, false, &at);
	ck_assert_ptr_nonnull(entry);
	ck_assert_uint_eq(entry->suppressed, 3);
	ck_assert_str_eq(entry->subject, "a");
	ck_assert_ptr_null(log_limit_due(&limit, now, false, &at));
	log_limit_clear(&limit, entry);
	at = 0;
	ck_assert_ptr_null(log_limit_due(&limit, now, true, &at));
}
END_TEST

START_TEST(limit_of_many_places)
{
	static struct log_limit limit;
	static const struct log_limit_subject none = {};
	static char sites[2 * LOG_LIMIT_ENTRIES];
	struct log_limit_entry *entry;
	unsigned logged = 0;
	uint64_t suppressed;

	for (size_t i = 0; i < sizeof(sites); i++)
		logged +=
			log_limit_take(&limit, &sites[i], &none, 10, CLOCK_S, &entry, &suppressed);
	ck_assert_uint_eq(logged, LOG_LIMIT_ENTRIES - 1 + 10);
	/* Their time comes again. */
	logged = 0;
	for (size_t i = 0; i < LOG_LIMIT_ENTRIES - 1; i++)
		logged += log_limit_take(&limit, &sites[LOG_LIMIT_ENTRIES + i], &none, 10,
					 (1 + LOG_LIMIT_S) * CLOCK_S, &entry, &suppressed);
	ck_assert_uint_eq(logged, LOG_LIMIT_ENTRIES - 1);
}
END_TEST

START_TEST(nobody_waits_for_the_reader)
{
	enum { MANY = 20000 };
	unsigned got;

	atomic_store(&shut, true);
	log_start();
	for (int i = 0; i < MANY; i++)
		log_unlimited(LOG_LEVEL_INFO, "a message of some length that fills the queue: %d",
			      i);
	atomic_store(&shut, false);
	sem_post(&gate);
	log_unlimited(LOG_LEVEL_INFO, "the last one");
	finish();
	got = atomic_load(&lines) - reports;
	ck_assert_uint_gt(got, 1000);
	ck_assert_uint_lt(got, MANY);
	ck_assert_uint_eq(got + lost, MANY + 1);
}
END_TEST

static void *say_many(void *argument)
{
	for (int i = 0; i < 2000; i++)
		say(argument, i);
	return NULL;
}

START_TEST(threads_log_at_once)
{
	static char names[4][2] = {"a", "b", "c", "d"};
	pthread_t threads[4];

	log_start();
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(thread_start(&threads[i], NULL, say_many, names[i]), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	finish();
	/* And one summary of each. */
	ck_assert_uint_eq(lines, 4 * (LOG_LIMIT_MESSAGES + 1));
}
END_TEST

/* In a child whose stderr is a pipe; what it wrote. */
static const char *child_says(void (*fn)(void), int *ret_status)
{
	static char text[1024];
	int ends[2];
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		log_set_sink(NULL);
		fn();
		_exit(0);
	}
	close(ends[1]);
	n = read(ends[0], text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	close(ends[0]);
	ck_assert_int_eq(waitpid(pid, ret_status, 0), pid);
	return text;
}

static void log_and_abort(void)
{
	log_start();
	log_error("the last words");
	abort();
}

START_TEST(an_abort_flushes)
{
	int status;

	ck_assert_ptr_nonnull(
		strstr(child_says(log_and_abort, &status), "error   the last words\n"));
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGABRT);
}
END_TEST

/* Nobody reads stderr: each call comes back, and so does the end. */
static void log_to_a_full_pipe(void)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	dup2(ends[1], STDERR_FILENO);
	log_start();
	for (int i = 0; i < 10000; i++)
		log_unlimited(LOG_LEVEL_INFO, "%0500d", i);
	log_stop();
	log_stop();
	log_error("and this is not waited for either");
}

START_TEST(a_pipe_that_nobody_reads)
{
	int status;

	child_says(log_to_a_full_pipe, &status);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("log");
	TCase *tests = tcase_create("log");

	tcase_set_timeout(tests, 30);
	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, messages_are_whole);
	tcase_add_test(tests, the_thread_delivers_the_same);
	tcase_add_test(tests, each_place_and_subject_has_its_limit);
	tcase_add_test(tests, a_summary_follows_the_minute);
	tcase_add_test(tests, what_no_peer_causes_has_none);
	tcase_add_test(tests, debug_shows_more);
	tcase_add_test(tests, clients_are_subjects_and_bounded);
	tcase_add_test(tests, limit_over_time);
	tcase_add_test(tests, limit_of_many_places);
	tcase_add_test(tests, nobody_waits_for_the_reader);
	tcase_add_test(tests, threads_log_at_once);
	tcase_add_test(tests, an_abort_flushes);
	tcase_add_test(tests, a_pipe_that_nobody_reads);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
