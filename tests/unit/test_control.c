/* SPDX-License-Identifier: MIT */
/* Folder control/: the methods of the Varlink service, its socket, and its end. */
#include <check.h>
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "iterate_fixture.h"
#include "suite_main.h"
#include "tests/unit/control_fixture.h"

START_TEST(service)
{
	CLEANUP(cleanup_close) int fd = -1;

	control_fixture_listen();
	fd = control_fixture_open();
	control_fixture_call(fd, "{\"method\":\"org.varlink.service.GetInfo\"}");
	ck_assert_str_eq(control_fixture_reply(fd),
			 "{\"parameters\":{\"vendor\":\"minerd\",\"product\":\"minerd\","
			 "\"version\":\"" MINERD_VERSION "\",\"url\":\"\",\"interfaces\":["
			 "\"org.varlink.service\",\"io.minerd.Miner\"]}}");
	control_fixture_call(fd, "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
				 "\"parameters\":{\"interface\":\"io.minerd.Miner\"}}");
	ck_assert_ptr_nonnull(strstr(control_fixture_reply(fd), "\\ninterface io.minerd.Miner\\n"));
	control_fixture_call(fd, "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
				 "\"parameters\":{\"interface\":\"org.varlink.service\"}}");
	ck_assert_ptr_nonnull(strstr(control_fixture_reply(fd), "error InterfaceNotFound "));
	control_fixture_call(fd, "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
				 "\"parameters\":{\"interface\":\"a.b\"}}");
	ck_assert_str_eq(control_fixture_reply(fd),
			 "{\"parameters\":{\"interface\":\"a.b\"},"
			 "\"error\":\"org.varlink.service.InterfaceNotFound\"}");
	control_fixture_call(fd, "{\"method\":\"org.varlink.service.GetInterfaceDescription\"}");
	ck_assert_str_eq(control_fixture_reply(fd),
			 "{\"parameters\":{\"parameter\":\"interface\"},"
			 "\"error\":\"org.varlink.service.InvalidParameter\"}");
}
END_TEST

START_TEST(methods)
{
	static const struct {
		const char *call, *reply;
	} all[] = {
		{"{\"method\":\"io.minerd.Miner.Status\",\"parameters\":{}}",
		 "{\"parameters\":{\"version\":\"9.9\",\"filling\":\"\"}}"},
		{"{\"method\":\"io.minerd.Miner.Monitor\"}",
		 "{\"parameters\":{\"version\":\"9.9\",\"filling\":\"\"}}"},
		{"{\"method\":\"io.minerd.Miner.Pause\"}", "{\"parameters\":{}}"},
		{"{\"method\":\"io.minerd.Miner.Resume\"}", "{\"parameters\":{}}"},
		{"{\"method\":\"io.minerd.Miner.SwitchPool\",\"parameters\":{\"name\":\"there\"}}",
		 "{\"parameters\":{}}"},
		{"{\"method\":\"io.minerd.Miner.SwitchPool\",\"parameters\":{\"name\":\"x\"}}",
		 "{\"parameters\":{\"name\":\"x\"},\"error\":\"io.minerd.Miner.NoSuchPool\"}"},
		{"{\"method\":\"io.minerd.Miner.SwitchPool\",\"parameters\":{\"name\":7}}",
		 "{\"parameters\":{\"parameter\":\"name\"},"
		 "\"error\":\"org.varlink.service.InvalidParameter\"}"},
		{"{\"method\":\"io.minerd.Miner.SwitchPool\"}",
		 "{\"parameters\":{\"parameter\":\"name\"},"
		 "\"error\":\"org.varlink.service.InvalidParameter\"}"},
		{"{\"method\":\"io.minerd.Miner.Reload\"}",
		 "{\"parameters\":{\"reason\":\"minerd.conf:3: \\\"x\\\"\"},"
		 "\"error\":\"io.minerd.Miner.Refused\"}"},
		{"{\"method\":\"io.minerd.Miner.Explode\"}",
		 "{\"parameters\":{\"method\":\"io.minerd.Miner.Explode\"},"
		 "\"error\":\"org.varlink.service.MethodNotFound\"}"},
		{"{\"method\":\"a.b.C\"}", "{\"parameters\":{\"interface\":\"a.b\"},"
					   "\"error\":\"org.varlink.service.InterfaceNotFound\"}"},
		{"{\"method\":\"\"}", "{\"parameters\":{\"interface\":\"\"},"
				      "\"error\":\"org.varlink.service.InterfaceNotFound\"}"},
	};
	CLEANUP(cleanup_close) int fd = -1;

	control_fixture_listen();
	fd = control_fixture_open();
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		control_fixture_call(fd, all[i].call);
		ck_assert_str_eq(control_fixture_reply(fd), all[i].reply);
	}
	ck_assert_str_eq(control_fixture_done, "pause resume switch:there switch:x reload ");
}
END_TEST

START_TEST(pipelined_and_oneway)
{
	static const char calls[] = "{\"method\":\"io.minerd.Miner.Pause\",\"oneway\":true}\0"
				    "{\"method\":\"a.b.C\",\"oneway\":true}\0"
				    "{\"method\":\"io.minerd.Miner.Resume\"}\0"
				    "{\"method\":\"io.minerd.Miner.Status\",\"oneway\":true}\0"
				    "{\"method\":\"x.Y\"}";

	control_fixture_listen();
	for (size_t cut = 1; cut < sizeof(calls); cut += 7) {
		CLEANUP(cleanup_close) int fd = control_fixture_open();

		control_fixture_done[0] = '\0';
		ck_assert_int_eq(write(fd, calls, cut), (ssize_t)cut);
		control_fixture_iterate(-1, 3);
		ck_assert_int_eq(write(fd, calls + cut, sizeof(calls) - cut),
				 (ssize_t)(sizeof(calls) - cut));
		ck_assert_str_eq(control_fixture_reply(fd), "{\"parameters\":{}}");
		ck_assert_ptr_nonnull(strstr(control_fixture_reply(fd), "InterfaceNotFound"));
		ck_assert_str_eq(control_fixture_done, "pause resume ");
	}
}
END_TEST

START_TEST(monitor)
{
	static const char more[] = "{\"parameters\":{\"version\":\"9.9\",\"filling\":\"\"},"
				   "\"continues\":true}";
	CLEANUP(cleanup_close) int fd = -1;
	uint64_t start;

	control_fixture_listen();
	fd = control_fixture_open();
	start = clock_now();
	control_fixture_call(fd, "{\"method\":\"io.minerd.Miner.Monitor\",\"more\":true}");
	ck_assert_str_eq(control_fixture_reply_within(fd, 900), more);
	ck_assert_str_eq(control_fixture_reply(fd), more);
	ck_assert_str_eq(control_fixture_reply(fd), more);
	ck_assert_uint_ge(clock_now() - start, 1500 * CLOCK_MS);
	/* Another call ends it, and is answered after its end. */
	control_fixture_call(fd, "{\"method\":\"io.minerd.Miner.Resume\"}");
	ck_assert_str_eq(control_fixture_reply_within(fd, 5000),
			 "{\"parameters\":{\"version\":\"9.9\",\"filling\":\"\"}}");
	ck_assert_str_eq(control_fixture_reply_within(fd, 5000), "{\"parameters\":{}}");
	ck_assert_str_eq(control_fixture_reply_within(fd, 1200), "nothing");
}
END_TEST

START_TEST(one_socket_one_daemon)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct control second;
	struct stat st;
	int stale;
	FILE *file;

	control_fixture_listen();
	ck_assert_int_eq(stat(control_fixture_path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0666);
	control_init(&second, &control_fixture_ring);
	ck_assert_int_eq(control_listen(&second, control_fixture_path), -EADDRINUSE);
	ck_assert_ptr_nonnull(strstr(control_fixture_logged, "another minerd is running"));
	control_fixture_iterate(-1, 10);
	control_stop(&control_fixture);
	ITERATE_UNTIL(&control_fixture_ring, control_closed(&control_fixture));
	ck_assert_int_lt(stat(control_fixture_path, &st), 0);
	control_deinit(&control_fixture);

	/* A stale one is replaced. */
	strcpy(address.sun_path, control_fixture_path);
	stale = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(stale, (struct sockaddr *)&address, sizeof(address)), 0);
	close(stale);
	ck_assert_int_eq(stat(control_fixture_path, &st), 0);
	control_init(&control_fixture, &control_fixture_ring);
	control_add(&control_fixture, &control_fixture_interface, NULL);
	control_fixture_listen();
	close(control_fixture_open());

	/* What is not a socket is left alone, and so is what somebody else put there. */
	ck_assert_int_eq(unlink(control_fixture_path), 0);
	file = fopen(control_fixture_path, "w");
	ck_assert_ptr_nonnull(file);
	fclose(file);
	control_init(&second, &control_fixture_ring);
	ck_assert_int_eq(control_listen(&second, control_fixture_path), -EEXIST);
	ck_assert_ptr_nonnull(
		strstr(control_fixture_logged, "a file of this name exists and is not a socket"));
	control_stop(&control_fixture);
	ck_assert_int_eq(stat(control_fixture_path, &st), 0);

	control_init(&second, &control_fixture_ring);
	ck_assert_int_eq(control_listen(&second, "/nonexistent/control.sock"), -ENOENT);
	ck_assert_ptr_nonnull(strstr(control_fixture_logged, "its directory does not exist"));
	control_deinit(&second);
}
END_TEST

/* A path that the kernel does not take: sun_path has 108 bytes with the NUL. */
START_TEST(paths_that_no_socket_can_have)
{
	char path[128] = "/tmp/";
	struct control second;

	memset(path + 5, 'x', 103);
	control_init(&second, &control_fixture_ring);
	ck_assert_int_eq(control_listen(&second, path), -ENAMETOOLONG);
	ck_assert_ptr_nonnull(strstr(control_fixture_logged, "the path is longer than 107 bytes"));
	ck_assert_int_eq(control_listen(&second, "/dev/null/control.sock"), -ENOTDIR);
	ck_assert_ptr_nonnull(
		strstr(control_fixture_logged, "/dev/null/control.sock: cannot stat it"));
	control_deinit(&second);
}
END_TEST

START_TEST(stopping_with_clients)
{
	CLEANUP(cleanup_close) int idle = -1, monitoring = -1;

	control_fixture_listen();
	idle = control_fixture_open();
	monitoring = control_fixture_open();
	control_fixture_call(monitoring, "{\"method\":\"io.minerd.Miner.Monitor\",\"more\":true}");
	ck_assert_ptr_nonnull(strstr(control_fixture_reply(monitoring), "continues"));
	control_stop(&control_fixture);
	control_stop(&control_fixture);
	ck_assert_str_eq(control_fixture_reply(monitoring), "");
	ck_assert_str_eq(control_fixture_reply(idle), "");
	ck_assert(control_closed(&control_fixture));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("control");
	TCase *tests = tcase_create("control");

	tcase_set_timeout(tests, 30);
	tcase_add_checked_fixture(tests, control_fixture_setup, control_fixture_teardown);
	tcase_add_test(tests, service);
	tcase_add_test(tests, methods);
	tcase_add_test(tests, pipelined_and_oneway);
	tcase_add_test(tests, monitor);
	tcase_add_test(tests, one_socket_one_daemon);
	tcase_add_test(tests, paths_that_no_socket_can_have);
	tcase_add_test(tests, stopping_with_clients);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
