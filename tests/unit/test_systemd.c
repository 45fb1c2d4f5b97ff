/* SPDX-License-Identifier: MIT */
/* Folder systemd/: what the service manager and the journal receive. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "common/clock.h"
#include "suite_main.h"
#include "systemd/ids.h"
#include "systemd/journal.h"
#include "systemd/notify.h"

static int manager = -1; /* the service manager's end of $NOTIFY_SOCKET */
static struct notify notify;
static char heard[2048];

static void manager_start(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t size = sizeof(address);
	char name[sizeof(address.sun_path) + 1];

	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_ge(manager, 0);
	/* An abstract name chosen by the kernel, unix(7). */
	ck_assert_int_eq(bind(manager, (struct sockaddr *)&address, sizeof(sa_family_t)), 0);
	ck_assert_int_eq(getsockname(manager, (struct sockaddr *)&address, &size), 0);
	size -= offsetof(struct sockaddr_un, sun_path);
	snprintf(name, sizeof(name), "@%.*s", (int)size - 1, address.sun_path + 1);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
	notify_start(&notify);
}

static void manager_stop(void)
{
	notify_stop(&notify);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	close(manager);
	manager = -1;
}

/* The next message, "" for none: all of them have been sent by now. */
static const char *hear(void)
{
	ssize_t n;

	if (notify.outbox.running)
		ck_assert(outbox_flush(&notify.outbox, 20 * CLOCK_S));
	n = recv(manager, heard, sizeof(heard) - 1, 0);

	heard[n < 0 ? 0 : n] = '\0';
	return heard;
}

START_TEST(notify_reaches_the_manager)
{
	notify_ready(&notify);
	ck_assert_str_eq(hear(), "READY=1");
	notify_stopping(&notify);
	ck_assert_str_eq(hear(), "STOPPING=1");
	notify_watchdog(&notify);
	ck_assert_str_eq(hear(), "WATCHDOG=1");
	ck_assert_str_eq(hear(), "");
}
END_TEST

START_TEST(notify_reload_has_a_time)
{
	static const char head[] = "RELOADING=1\nMONOTONIC_USEC=";
	unsigned long long before = clock_now() / CLOCK_US, sent;
	char *end;

	notify_reloading(&notify);
	ck_assert_int_eq(strncmp(hear(), head, sizeof(head) - 1), 0);
	sent = strtoull(heard + sizeof(head) - 1, &end, 10);
	ck_assert_str_eq(end, "");
	ck_assert_uint_ge(sent, before);
	ck_assert_uint_le(sent, clock_now() / CLOCK_US);
}
END_TEST

START_TEST(notify_status_is_one_line)
{
	char text[2 * NOTIFY_STATUS_MAX];

	notify_status(&notify, "51.2 MH/s on example, \xc2\xb5");
	ck_assert_str_eq(hear(), "STATUS=51.2 MH/s on example, \xc2\xb5");
	notify_status(&notify, "a\nREADY=1\r\x7f");
	ck_assert_str_eq(hear(), "STATUS=a READY=1  ");
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	notify_status(&notify, text);
	ck_assert_uint_eq(strlen(hear()), strlen("STATUS=") + NOTIFY_STATUS_MAX);
}
END_TEST

START_TEST(notify_without_a_manager)
{
	notify_stop(&notify);
	unsetenv("NOTIFY_SOCKET");
	notify_start(&notify);
	ck_assert(!notify.outbox.running);
	notify_ready(&notify);
	notify_status(&notify, "nobody listens");
	notify_reloading(&notify);
	notify_watchdog(&notify);
	notify_stopping(&notify);
	ck_assert_str_eq(hear(), "");
}
END_TEST

/* Calls come back, what matters arrives, and of what is soon said again little is kept. */
START_TEST(notify_to_a_manager_that_does_not_read)
{
	unsigned watchdogs = 0, readies = 0;

	for (unsigned i = 0; i < 1000; i++) {
		notify_watchdog(&notify);
		notify_status(&notify, "the same as ever");
	}
	for (unsigned i = 0; i < 20; i++)
		notify_ready(&notify);
	ck_assert_uint_gt(outbox_waiting(&notify.outbox), 20 * sizeof("READY=1"));
	/* The socket's own queue has some; each that is read makes room for the next. */
	for (uint64_t give_up = clock_now() + 20 * CLOCK_S; readies < 20;) {
		ssize_t n = recv(manager, heard, sizeof(heard) - 1, 0);

		ck_assert(clock_now() < give_up);
		heard[n < 0 ? 0 : n] = '\0';
		watchdogs += strcmp(heard, "WATCHDOG=1") == 0;
		readies += strcmp(heard, "READY=1") == 0;
	}
	ck_assert_uint_gt(watchdogs, 0);
	ck_assert_uint_lt(watchdogs, 1000);
	ck_assert_str_eq(hear(), "");
}
END_TEST

START_TEST(notify_watchdog_is_for_this_process)
{
	char pid[16];

	ck_assert_uint_eq(notify_watchdog_interval(), 0);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_USEC", "30000000", 1);
	setenv("WATCHDOG_PID", pid, 1);
	ck_assert_uint_eq(notify_watchdog_interval(), 30 * CLOCK_S);
	setenv("WATCHDOG_PID", "1", 1);
	ck_assert_uint_eq(notify_watchdog_interval(), 0);
	unsetenv("WATCHDOG_PID");
	ck_assert_uint_eq(notify_watchdog_interval(), 30 * CLOCK_S);
	setenv("WATCHDOG_USEC", "soon", 1);
	ck_assert_uint_eq(notify_watchdog_interval(), 0);
}
END_TEST

/* Stands in for libsystemd's: the journal's socket has a fixed place. */
static int journal_answer;
static char entry[8192];

int sd_journal_sendv(const struct iovec *iov, int n)
{
	size_t used = 0;

	for (int i = 0; i < n; i++) {
		ck_assert_uint_lt(used + iov[i].iov_len + 2, sizeof(entry));
		ck_assert_ptr_nonnull(memchr(iov[i].iov_base, '=', iov[i].iov_len));
		memcpy(entry + used, iov[i].iov_base, iov[i].iov_len);
		used += iov[i].iov_len;
		entry[used++] = '|';
	}
	entry[used] = '\0';
	return journal_answer;
}

/* And for the C library's: whether there is a journal. */
static bool journal_there;

int access(const char *name, int type)
{
	ck_assert_str_eq(name, "/run/systemd/journal/socket");
	errno = ENOENT;
	return journal_there ? 0 : -1;
}

static void journal_reset(void)
{
	journal_answer = 0;
	journal_there = true;
	entry[0] = '\0';
	log_set_sink(journal_sink);
}

START_TEST(journal_entry_has_the_fields)
{
	log_event(LOG_LEVEL_NOTICE,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_ACTIVE}, {"MINERD_POOL", "a\nb"}),
		  "mining on %s", "a=b");
	ck_assert_str_eq(entry, "MESSAGE=mining on a=b|PRIORITY=5|SYSLOG_IDENTIFIER=minerd|"
				"MESSAGE_ID=" ID_POOL_ACTIVE "|MINERD_POOL=a\nb|");
	log_warning("alone");
	ck_assert_str_eq(entry, "MESSAGE=alone|PRIORITY=4|SYSLOG_IDENTIFIER=minerd|");
	log_debug("below the level");
	ck_assert_str_eq(entry, "MESSAGE=alone|PRIORITY=4|SYSLOG_IDENTIFIER=minerd|");
}
END_TEST

START_TEST(journal_entry_is_bounded)
{
	struct log_field many[LOG_FIELDS_MAX + 3] = {};
	char text[2 * JOURNAL_ENTRY_MAX];
	const char *at;
	int n = 0;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	journal_sink(LOG_LEVEL_INFO, "cut", LOG_FIELDS({"A", text}, {"B", "2"}));
	ck_assert_uint_ge(strlen(entry), JOURNAL_ENTRY_MAX);
	ck_assert_ptr_nonnull(strstr(entry, "|A=xxx"));
	ck_assert_ptr_null(strstr(entry, "|B="));

	text[LOG_TEXT_MAX] = '\0';
	journal_sink(LOG_LEVEL_INFO, text, LOG_FIELDS({"B", "2"}));
	ck_assert_ptr_nonnull(strstr(entry, "x|PRIORITY=6|"));
	ck_assert_ptr_nonnull(strstr(entry, "|B=2|"));

	for (size_t i = 0; i < LOG_FIELDS_MAX + 2; i++)
		many[i] = (struct log_field){"MINERD_N", "1"};
	journal_sink(LOG_LEVEL_INFO, "many", many);
	for (at = entry; (at = strstr(at, "MINERD_N=1|")); at++)
		n++;
	ck_assert_int_eq(n, LOG_FIELDS_MAX);
}
END_TEST

/* Puts a new file or pipe in the place of stderr; the return value brings the old one back. */
static int stderr_become(int fd)
{
	int old = dup(STDERR_FILENO);

	ck_assert_int_ge(old, 0);
	ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	return old;
}

/* What fn() writes to stderr. */
static const char *stderr_of(void (*fn)(void))
{
	static char text[256];
	int ends[2], old;
	ssize_t n;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	old = stderr_become(ends[1]);
	fn();
	stderr_become(old);
	n = read(ends[0], text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	close(ends[0]);
	close(ends[1]);
	return text;
}

static void warn(void)
{
	log_event(LOG_LEVEL_WARNING, LOG_FIELDS({"MINERD_POOL", "a"}), "still seen");
}

START_TEST(journal_that_takes_nothing)
{
	ck_assert_str_eq(stderr_of(warn), "");
	journal_answer = -ECONNREFUSED;
	ck_assert_str_eq(stderr_of(warn), "<4>still seen\n");
	/* The library says that all is well. */
	journal_answer = 0;
	journal_there = false;
	entry[0] = '\0';
	ck_assert_str_eq(stderr_of(warn), "<4>still seen\n");
	ck_assert_str_eq(entry, "");
}
END_TEST

static void end_badly(void)
{
	log_error("%s", "the last words");
}

static void fail_with_fields(void)
{
	log_event(LOG_LEVEL_ERROR, LOG_FIELDS({"MESSAGE_ID", ID_RELOAD_FAILED}), "an event");
}

START_TEST(last_words_go_through_stderr)
{
	ck_assert_str_eq(stderr_of(end_badly), "<3>the last words\n");
	ck_assert_str_eq(entry, "");
	ck_assert_str_eq(stderr_of(fail_with_fields), "");
	ck_assert_ptr_nonnull(strstr(entry, "MESSAGE=an event|PRIORITY=3|"));
}
END_TEST

START_TEST(journal_wanted_only_for_its_stream)
{
	struct stat status;
	char stream[64];
	int ends[2], old;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	old = stderr_become(ends[1]);
	ck_assert_int_eq(fstat(STDERR_FILENO, &status), 0);
	unsetenv("JOURNAL_STREAM");
	ck_assert(!journal_wanted());
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)status.st_dev,
		 (unsigned long long)status.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	ck_assert(journal_wanted());
	strcat(stream, "7");
	setenv("JOURNAL_STREAM", stream, 1);
	ck_assert(!journal_wanted());
	snprintf(stream, sizeof(stream), "%llu:%llu ", (unsigned long long)status.st_dev,
		 (unsigned long long)status.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	ck_assert(!journal_wanted());
	snprintf(stream, sizeof(stream), "%llu", (unsigned long long)status.st_dev);
	setenv("JOURNAL_STREAM", stream, 1);
	ck_assert(!journal_wanted());
	stderr_become(old);
	unsetenv("JOURNAL_STREAM");
	close(ends[0]);
	close(ends[1]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("systemd");
	TCase *notifications = tcase_create("notify"), *journal = tcase_create("journal");

	tcase_add_checked_fixture(notifications, manager_start, manager_stop);
	tcase_add_test(notifications, notify_reaches_the_manager);
	tcase_add_test(notifications, notify_reload_has_a_time);
	tcase_add_test(notifications, notify_status_is_one_line);
	tcase_add_test(notifications, notify_without_a_manager);
	tcase_add_test(notifications, notify_to_a_manager_that_does_not_read);
	tcase_add_test(notifications, notify_watchdog_is_for_this_process);
	tcase_set_timeout(notifications, 30);
	suite_add_tcase(suite, notifications);
	tcase_add_checked_fixture(journal, journal_reset, NULL);
	tcase_add_test(journal, journal_entry_has_the_fields);
	tcase_add_test(journal, journal_entry_is_bounded);
	tcase_add_test(journal, journal_that_takes_nothing);
	tcase_add_test(journal, last_words_go_through_stderr);
	tcase_add_test(journal, journal_wanted_only_for_its_stream);
	suite_add_tcase(suite, journal);
	return suite_main(suite);
}
