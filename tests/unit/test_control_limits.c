/* SPDX-License-Identifier: MIT */
/* Folder control/: what clients may not do, and how many of them there may be. */
#include <check.h>
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/log_limit.h"
#include "iterate_fixture.h"
#include "jump_clock.h"
#include "suite_main.h"
#include "tests/unit/control_fixture.h"

enum {
	A_GROUP = 54321, /* any that nobody has */
	NOBODY = 65534,
};

START_TEST(garbage_closes_its_client_alone)
{
	static const char *const garbage[] = {
		"GET / HTTP/1.1\r\n\r\n", "", "{", "[]", "\x1b[2J\xff", "{\"method\":1}"};
	CLEANUP(cleanup_close) int good = -1;

	control_fixture_listen();
	good = control_fixture_open();
	for (size_t i = 0; i < ARRAY_SIZE(garbage); i++) {
		CLEANUP(cleanup_close) int fd = control_fixture_open();

		control_fixture_logged[0] = '\0';
		control_fixture_call(fd, garbage[i]);
		ck_assert_str_eq(control_fixture_reply(fd), "");
		ck_assert_msg(strstr(control_fixture_logged, ": closing the connection: ") != NULL,
			      "%s", control_fixture_logged);
		ck_assert_msg(strstr(control_fixture_logged, "not a Varlink call: \"") != NULL,
			      "%s", control_fixture_logged);
		ck_assert_ptr_null(strchr(control_fixture_logged, '\x1b'));
	}
	control_fixture_call(good, "{\"method\":\"io.minerd.Miner.Pause\"}");
	ck_assert_str_eq(control_fixture_reply(good), "{\"parameters\":{}}");
}
END_TEST

START_TEST(long_calls_are_refused)
{
	static char text[CONTROL_MESSAGE_MAX + 2], flood[LINE_MAX_SIZE];
	CLEANUP(cleanup_close) int fd = -1;
	size_t sent = 0;

	control_fixture_listen();
	memset(text, ' ', CONTROL_MESSAGE_MAX + 1);
	memcpy(text, "{\"method\":\"x.Y\"}", 16);
	for (size_t n = CONTROL_MESSAGE_MAX; n <= CONTROL_MESSAGE_MAX + 1; n++) {
		fd = control_fixture_open();
		text[n] = '\0';
		control_fixture_call(fd, text);
		text[n] = ' ';
		if (n == CONTROL_MESSAGE_MAX)
			ck_assert_ptr_nonnull(
				strstr(control_fixture_reply(fd), "InterfaceNotFound"));
		else
			ck_assert_str_eq(control_fixture_reply(fd), "");
		close(take_fd(&fd));
	}
	ck_assert_ptr_nonnull(strstr(control_fixture_logged, "a call is longer than 16 KiB"));

	/* Bytes without an end: no more of them is taken. */
	control_fixture_logged[0] = '\0';
	fd = control_fixture_open();
	memset(flood, 'x', LINE_MAX_SIZE);
	while (sent < 2 * LINE_MAX_SIZE) {
		ssize_t n = send(fd, flood, LINE_MAX_SIZE, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			break;
		sent += n > 0 ? (size_t)n : 0;
		ck_assert_uint_le(control_fixture.clients.clients[0].stream.in.size,
				  CONTROL_MESSAGE_MAX + 1);
		control_fixture_iterate(-1, 1);
	}
	ck_assert_uint_lt(sent, 2 * LINE_MAX_SIZE);
	ck_assert_ptr_nonnull(strstr(control_fixture_logged, "a call is longer than 16 KiB"));
}
END_TEST

static const char full[] = "{\"parameters\":{\"reason\":\"too many clients\"},"
			   "\"error\":\"io.minerd.Miner.Refused\"}";
static const char full_user[] = "{\"parameters\":{\"reason\":\"too many clients of this user\"},"
				"\"error\":\"io.minerd.Miner.Refused\"}";

static void check_served(int fd)
{
	control_fixture_call(fd, "{\"method\":\"io.minerd.Miner.Nothing\"}");
	ck_assert_ptr_nonnull(strstr(control_fixture_reply(fd), "MethodNotFound"));
}

static void check_refused(int fd, const char *reply)
{
	ck_assert_str_eq(control_fixture_reply(fd), reply);
	ck_assert_str_eq(control_fixture_reply(fd), "");
	close(fd);
}

START_TEST(too_many_clients)
{
	int fds[CONTROL_CLIENTS_MAX];

	control_fixture_listen();
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		fds[i] = control_fixture_open();
		check_served(fds[i]);
	}
	check_refused(control_fixture_open(), full);
	ck_assert_ptr_nonnull(strstr(control_fixture_logged, "client of uid "));
	ck_assert_ptr_nonnull(strstr(control_fixture_logged, " refused: too many clients"));
	/* The log has a few messages, not one for each time. */
	for (int i = 0; i < LOG_LIMIT_MESSAGES; i++) {
		control_fixture_logged[0] = '\0';
		check_refused(control_fixture_open(), full);
	}
	ck_assert_str_eq(control_fixture_logged, "");
	close(fds[5]);
	ITERATE_UNTIL(&control_fixture_ring, !control_fixture.clients.clients[5].used);
	fds[5] = control_fixture_open();
	check_served(fds[5]);
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		close(fds[i]);
}
END_TEST

/* Whatever untrusted users do, there are places for members of the group, and for root. */
START_TEST(places_by_user)
{
	enum { OWNERS = CONTROL_CLIENTS_MAX - CONTROL_UNTRUSTED_MAX };
	int others[CONTROL_UNTRUSTED_MAX], owners[OWNERS];

	/* Only root can take on other users and groups. */
	if (geteuid() != 0)
		return;
	control_fixture_listen();
	for (unsigned i = 0; i < CONTROL_UNTRUSTED_MAX; i++) {
		uid_t uid = NOBODY - i / CONTROL_UNTRUSTED_UID_MAX;

		others[i] = control_fixture_open_as(uid);
		check_served(others[i]);
		if (i % CONTROL_UNTRUSTED_UID_MAX == CONTROL_UNTRUSTED_UID_MAX - 1)
			check_refused(control_fixture_open_as(uid), full_user);
	}
	check_refused(control_fixture_open_as(NOBODY - 5), full);
	/* The same user with the right group. */
	ck_assert_int_eq(setegid(A_GROUP), 0);
	control_fixture.accept.group = A_GROUP;
	for (unsigned i = 0; i < OWNERS - CONTROL_OWNER_RESERVED; i++) {
		owners[i] = control_fixture_open_as(NOBODY);
		check_served(owners[i]);
	}
	check_refused(control_fixture_open_as(NOBODY), full);
	for (unsigned i = OWNERS - CONTROL_OWNER_RESERVED; i < OWNERS; i++) {
		owners[i] = control_fixture_open();
		check_served(owners[i]);
	}
	check_refused(control_fixture_open(), full);
	close(others[3]);
	ITERATE_UNTIL(&control_fixture_ring, !control_fixture.clients.clients[3].used);
	check_served(others[3] = control_fixture_open());
	for (unsigned i = 0; i < CONTROL_UNTRUSTED_MAX; i++)
		close(others[i]);
	for (unsigned i = 0; i < OWNERS; i++)
		close(owners[i]);
}
END_TEST

/* As many files as there are now, and not one more. */
static void limit_files(void)
{
	struct rlimit limit;
	int next = dup(STDERR_FILENO);

	ck_assert_int_ge(next, 0);
	close(next);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = (rlim_t)next;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_lt(dup(STDERR_FILENO), 0);
}

static bool has_reserved_files(void)
{
	for (size_t i = 0; i < CONTROL_RESERVED_FILES; i++)
		if (control_fixture.accept.reserved[i] < 0)
			return false;
	return true;
}

/* The client's end of connections that are made before there are no more files. */
START_TEST(too_many_open_files)
{
	int fds[3];

	if (geteuid() != 0)
		return;
	control_fixture_listen();
	control_fixture_iterate(-1, 5);
	fds[0] = control_fixture_open_as(NOBODY);
	fds[1] = control_fixture_open();
	fds[2] = control_fixture_open();
	limit_files();
	ck_assert_ptr_nonnull(strstr(control_fixture_reply(fds[0]), "too many open files"));
	check_served(fds[1]);
	check_served(fds[2]);
	ck_assert_ptr_nonnull(strstr(control_fixture_logged, "Too many open files"));
	ck_assert_ptr_nonnull(strstr(control_fixture_logged, "LimitNOFILE="));
	/* What was kept back for them is taken back. */
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
	ITERATE_UNTIL(&control_fixture_ring, has_reserved_files());
}
END_TEST

START_TEST(clients_that_do_not_read)
{
	const struct stream *stream = &control_fixture.clients.clients[0].stream;
	CLEANUP(cleanup_close) int fd = -1, other = -1;

	memset(control_fixture_filling, 'f', 200 * 1024);
	control_fixture_listen();
	fd = control_fixture_open();
	for (int i = 0; i < 20; i++)
		control_fixture_call(fd, "{\"method\":\"io.minerd.Miner.Status\"}");
	control_fixture_iterate(-1, 100);
	/* What does not fit its socket waits, and nothing is done for it meanwhile. */
	ck_assert_uint_le(control_fixture_statuses, 3);
	other = control_fixture_open();
	control_fixture_call(other, "{\"method\":\"io.minerd.Miner.Monitor\",\"more\":true}");
	control_fixture_iterate(-1, 2200);
	ck_assert_uint_le(control_fixture_statuses, 3 + 3);
	ck_assert_str_eq(control_fixture_logged, "");
	ck_assert_uint_lt(stream_unsent(stream), 2 * 200 * 1024);
	/* As soon as they are taken it goes on. */
	for (int i = 0; i < 20; i++)
		ck_assert_ptr_nonnull(strstr(control_fixture_reply(fd), "9.9"));
	ITERATE_UNTIL(&control_fixture_ring, !stream_unsent(stream));
	for (int i = 0; i < 20; i++)
		control_fixture_call(fd, "{\"method\":\"io.minerd.Miner.Status\"}");
	ITERATE_UNTIL(&control_fixture_ring, stream_unsent(stream));
	jump_clock((CONTROL_SLOW_S + 1) * CLOCK_S);
	ITERATE_UNTIL(&control_fixture_ring,
		      strstr(control_fixture_logged, "it does not read its replies"));
}
END_TEST

START_TEST(idle_clients_go)
{
	CLEANUP(cleanup_close) int fd = -1;

	control_fixture_listen();
	fd = control_fixture_open();
	control_fixture_call(fd, "{\"method\":\"io.minerd.Miner.Pause\"}");
	ck_assert_str_eq(control_fixture_reply(fd), "{\"parameters\":{}}");
	ck_assert_str_eq(control_fixture_reply_within(fd, 1200), "nothing");
	jump_clock((CONTROL_IDLE_S + 1) * CLOCK_S);
	ck_assert_str_eq(control_fixture_reply(fd), "");
	ITERATE_UNTIL(&control_fixture_ring, !control_fixture.clients.clients[0].used);
}
END_TEST

/* In a process of another user, the reply to a call; 0 when it holds what is wanted. */
static int as_user(const char *call, const char *wanted, const gid_t *groups, size_t n)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[512] = "";

	strcpy(address.sun_path, control_fixture_path);
	if (setgroups(n, groups) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    write(fd, call, strlen(call) + 1) < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return 2;
	return strstr(text, wanted) ? 0 : 1;
}

static void check_user(const char *call, const char *wanted, const gid_t *groups, size_t n)
{
	int status = -1;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(as_user(call, wanted, groups, n));
	ITERATE_UNTIL(&control_fixture_ring, waitpid(pid, &status, WNOHANG) == pid);
	ck_assert_msg(status == 0, "status %x for %s: %s", status, call, control_fixture_logged);
}

START_TEST(permissions)
{
	static const char pause[] = "{\"method\":\"io.minerd.Miner.Pause\"}";
	static const char status[] = "{\"method\":\"io.minerd.Miner.Status\"}";
	static const gid_t others[] = {A_GROUP + 1, A_GROUP + 2},
			   members[] = {A_GROUP + 1, A_GROUP};

	/* Only root can take on other users and groups. */
	if (geteuid() != 0)
		return;
	control_fixture_listen();
	control_fixture.accept.group = A_GROUP;
	check_user(status, "9.9", others, 2);
	check_user(pause, "org.varlink.service.PermissionDenied", others, 2);
	check_user(pause, "org.varlink.service.PermissionDenied", NULL, 0);
	ck_assert_str_eq(control_fixture_done, "");
	ck_assert_ptr_nonnull(strstr(control_fixture_logged, "Pause refused: neither root"));
	check_user(pause, "{\"parameters\":{}}", members, 2);
	ck_assert_str_eq(control_fixture_done, "pause ");
	control_fixture.accept.group = NOBODY;
	check_user(pause, "{\"parameters\":{}}", NULL, 0);
	ck_assert_str_eq(control_fixture_done, "pause pause ");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("control_limits");
	TCase *tests = tcase_create("control_limits");

	tcase_set_timeout(tests, 30);
	tcase_add_checked_fixture(tests, control_fixture_setup, control_fixture_teardown);
	tcase_add_test(tests, garbage_closes_its_client_alone);
	tcase_add_test(tests, long_calls_are_refused);
	tcase_add_test(tests, too_many_clients);
	tcase_add_test(tests, places_by_user);
	tcase_add_test(tests, too_many_open_files);
	tcase_add_test(tests, clients_that_do_not_read);
	tcase_add_test(tests, idle_clients_go);
	tcase_add_test(tests, permissions);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
