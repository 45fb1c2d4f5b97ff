/* SPDX-License-Identifier: MIT */
/* minerctl as a program, against a daemon that replies what a test wants. */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "common/varlink.h"
#include "suite_main.h"

static char folder[64], path[96];
static pid_t daemon_pid;

static void setup(void)
{
	strcpy(folder, "/tmp/test_ctl.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/control.sock", folder);
	daemon_pid = 0;
}

static void stop_daemon(void)
{
	if (daemon_pid) {
		kill(daemon_pid, SIGKILL);
		waitpid(daemon_pid, NULL, 0);
	}
	daemon_pid = 0;
	unlink(path);
}

static void teardown(void)
{
	char command[128];

	stop_daemon();
	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* Answers each call of each client with reply; NULL: closes without one. */
static void serve(int listening, const char *reply)
{
	for (;;) {
		int fd = accept(listening, NULL, NULL);
		char byte;

		while (read(fd, &byte, 1) == 1)
			if (!byte && (!reply || write(fd, reply, strlen(reply) + 1) < 0))
				break;
		close(fd);
	}
}

static void start_daemon(const char *reply)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	stop_daemon();
	strcpy(address.sun_path, path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	daemon_pid = fork();
	if (daemon_pid == 0)
		serve(fd, reply);
	close(fd);
}

/* With its folder. */
static const char *program(void)
{
	const char *built = getenv("MINERCTL");

	return built ? built : "./minerctl";
}

/* Runs `minerctl -s path ARGUMENTS`; all it printed is in output. */
static char output[16384];

static int minerctl(const char *arguments)
{
	char command[1024];
	size_t n;
	FILE *pipe;
	int status;

	snprintf(command, sizeof(command), "%s -s %s %s 2>&1", program(), path, arguments);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	n = fread(output, 1, sizeof(output) - 1, pipe);
	output[n] = '\0';
	status = pclose(pipe);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define EXPECT(arguments, status, text)                                                        \
	do {                                                                                   \
		ck_assert_msg(minerctl(arguments) == (status), "%s", output);                  \
		ck_assert_msg(strstr(output, text) != NULL, "no \"%s\" in: %s", text, output); \
	} while (0)

START_TEST(usage)
{
	EXPECT("frobnicate", 2, "unknown command \"frobnicate\"");
	EXPECT("switch", 2, "switch: argument POOL is missing");
	EXPECT("switch a b", 2, "switch: unexpected argument \"b\"");
	EXPECT("switch \"$(printf 'a\\377')\"", 2, "is not UTF-8");
	EXPECT("limit", 2, "limit: argument LIMIT is missing");
	EXPECT("pause now", 2, "pause: unexpected argument \"now\"");
	EXPECT("--frobnicate", 2, "--help");
	EXPECT("-H -oProxyCommand=x status", 2, "-H: \"-oProxyCommand=x\" is not a host");
	EXPECT("-s '' status", 2, "-s: the path of the socket is empty");
	EXPECT("--help", 0, "Usage: minerctl");
	EXPECT("--version", 0, "minerctl " MINERD_VERSION "\n");
	EXPECT("--help 2>&1 >/dev/full #", 1, "cannot write to stdout: No space left");
}
END_TEST

START_TEST(nobody_there)
{
	FILE *file;

	EXPECT("status", 3, "control.sock does not exist: minerd is not running, or ");
	ck_assert_ptr_nonnull(strstr(output, "Start it: minerd -c FILE, with control.socket = "));
	EXPECT("", 3, "does not exist");
	EXPECT("version", 3, "minerctl " MINERD_VERSION "\n");
	/* A socket that somebody names is none that the service would listen on. */
	ck_assert_ptr_null(strstr(output, "systemctl"));
	EXPECT("-s /nowhere/at/all status", 3, "directory /nowhere does not exist");
	EXPECT("-s /dev/null/x status", 3, "/dev/null is not a directory");
	EXPECT("-s / status", 3, "this is a directory, not the socket of minerd");
	EXPECT("-s $(printf '%200s' | tr ' ' x) status", 3, "at most 107 bytes long");
	start_daemon("{}");
	kill(daemon_pid, SIGKILL);
	waitpid(daemon_pid, NULL, 0);
	daemon_pid = 0;
	EXPECT("status", 3, "nobody listens on this socket: minerd has ended");
	stop_daemon();
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fclose(file);
	EXPECT("status", 3, "this is a regular file, not the socket of minerd");
}
END_TEST

START_TEST(another_program)
{
	static const struct {
		const char *sends, *reason;
	} peers[] = {
		{"hello", "does not speak minerd's protocol: it sent \"hello\""},
		{"{\"parameters\":1}", "does not speak minerd's protocol: it sent "},
		{"{\"error\":1}", "does not speak minerd's protocol: it sent "},
		{"{\"parameters\":{}}", "its reply to Status() has no \"state\""},
		{"{}", "its reply to Status() has no \"state\""},
		{"{\"error\":\"org.varlink.service.InterfaceNotFound\",\"parameters\":"
		 "{\"interface\":\"io.minerd.Miner\"}}",
		 "it has no Varlink interface io.minerd.Miner"},
		{NULL, "closed the connection without a reply"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
		start_daemon(peers[i].sends);
		EXPECT("status", 3, peers[i].reason);
		/* Who it is: this test. */
		ck_assert_msg(strstr(output, "test_ctl (pid ") != NULL, "%s", output);
		ck_assert_ptr_null(strstr(output, "systemctl"));
	}
}
END_TEST

START_TEST(refusals)
{
	start_daemon("{\"error\":\"io.minerd.Miner.Refused\",\"parameters\":"
		     "{\"reason\":\"minerd.conf:3: wrong\"}}");
	EXPECT("reload", 1, "minerctl: reload: refused: minerd.conf:3: wrong\n");
	EXPECT("--json reload", 1, "\"error\": \"io.minerd.Miner.Refused\"");
	EXPECT("--json top", 1, "minerctl: top: refused: ");
	start_daemon("{\"error\":\"io.minerd.Miner.NoSuchPool\",\"parameters\":{\"name\":\"q\"}}");
	EXPECT("switch q", 1, "no pool has the name \"q\"");
	start_daemon("{\"error\":\"org.varlink.service.PermissionDenied\"}");
	EXPECT("pause", 1, "pause: permission denied: it needs root, ");
	ck_assert_ptr_nonnull(strstr(output, "a member of group minerd"));
	start_daemon("{\"error\":\"a.b.C\"}");
	EXPECT("pause", 1, "pause: minerd replied with error a.b.C");
	start_daemon("{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":"
		     "{\"parameter\":\"cpu\"}}");
	EXPECT("limit cpu=50", 1, "minerd does not accept parameter \"cpu\"");
	start_daemon("{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":"
		     "{\"method\":\"io.minerd.Miner.Limit\",\"version\":\"0.0.1\"}}");
	EXPECT("limit cpu=50", 1, "minerd 0.0.1 has no method io.minerd.Miner.Limit, ");
}
END_TEST

START_TEST(exit_statuses_with_a_daemon)
{
	start_daemon("{\"parameters\":{\"state\":\"mining\",\"pools\":[{\"name\":\"p\"}]}}");
	EXPECT("status", 0, "mining");
	EXPECT("pause", 0, "paused");
	EXPECT("resume", 0, "resumed");
	EXPECT("switch p", 0, "p is chosen\n");
	EXPECT("reload", 0, "configuration reloaded");
	EXPECT("limit cpu=50,hashrate=1.5M,group=0", 0, "limits set");
	EXPECT("limit hashrate=0", 0, "limits set");
	EXPECT("metrics", 0, "minerd_state{state=\"mining\"} 1\n");
	EXPECT("--json pools", 0, "\"name\": \"p\"");
	EXPECT("pools --json", 0, "\"name\": \"p\"");
	EXPECT("limit cpu=x", 2, "\"cpu=x\" is not a limit");
	EXPECT("limit fan=9", 2, "\"fan=9\" is not a limit");
	EXPECT("limit hashrate=1Q", 2, "\"hashrate=1Q\" is not a limit");
	EXPECT("limit hashrate=nan", 2, "is not a limit");
	EXPECT("limit cpu=1.5", 2, "is not a limit");
	EXPECT("limit cpu=5,", 2, "is not a limit");
	EXPECT("top </dev/null", 2, "top needs a terminal");
}
END_TEST

/* A pool that was chosen and is down: not only that it was chosen. */
START_TEST(switch_to_a_pool_that_is_down)
{
	start_daemon("{\"parameters\":{\"state\":\"mining\",\"pool\":\"a\",\"pools\":["
		     "{\"name\":\"a\",\"state\":\"active\"},"
		     "{\"name\":\"b\",\"state\":\"backoff\",\"next_attempt_s\":3.5,"
		     "\"last_loss\":\"connection refused\"}]}}");
	EXPECT("switch a", 0, "switched to a\n");
	EXPECT("switch b", 0,
	       "b is chosen, but it is not connected: connection refused; next attempt in 4s\n"
	       "minerd mines on a until b is connected, and then switches.\n");
	start_daemon("{\"parameters\":{\"state\":\"paused\",\"pool\":\"a\",\"pools\":["
		     "{\"name\":\"a\",\"state\":\"active\"},"
		     "{\"name\":\"b\",\"state\":\"backoff\"}]}}");
	EXPECT("switch a", 0, "switched to a; mining is paused: minerctl resume\n");
	EXPECT("switch b", 0, "Mining is paused. After minerctl resume, minerd mines on a until ");
	start_daemon("{\"parameters\":{\"state\":\"idle\",\"pool\":null,\"pools\":["
		     "{\"name\":\"b\",\"state\":\"connecting\",\"last_loss\":\"no reply\"}]}}");
	EXPECT("switch b", 0,
	       "b is chosen, but it is not connected yet: minerd is still trying; the last "
	       "attempt failed: no reply\n"
	       "No other pool can be mined on either: minerd is idle until one is connected.\n");
}
END_TEST

/* Text is ASCII, and JSON and Prometheus's format lose nothing. */
START_TEST(ascii_in_the_c_locale)
{
	static const char *const verbs[] = {"status",	     "pools",	     "workers",
					    "latency",	     "switch größe", "switch nix",
					    "--json status", "--json pools"};

	start_daemon("{\"parameters\":{\"state\":\"mining\",\"pool\":\"größe😀\",\"pools\":["
		     "{\"name\":\"größe😀\",\"state\":\"active\",\"submit_us\":{\"count\":1,"
		     "\"p50\":5,\"p99\":7}}]}}");
	setenv("LC_ALL", "C", 1);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		ck_assert_int_eq(minerctl(verbs[i]), 0);
		for (const char *c = output; *c; c++)
			ck_assert_msg((unsigned char)*c < 0x80, "%s: %s", verbs[i], output);
	}
	EXPECT("--json status", 0, "gr\\u00f6\\u00dfe\\ud83d\\ude00");
	EXPECT("metrics", 0, "größe😀");
	setenv("LC_ALL", "C.UTF-8", 1);
	EXPECT("--json status", 0, "größe😀");
	EXPECT("status", 0, "● mining on größe😀");
}
END_TEST

/* With a program in the place of ssh that runs the command here. */
START_TEST(over_ssh)
{
	char *environment, ssh[128];
	FILE *file;

	ck_assert_int_gt(asprintf(&environment, "%s:%s", folder, getenv("PATH")), 0);
	setenv("PATH", environment, 1);
	free(environment);
	snprintf(ssh, sizeof(ssh), "%s/ssh", folder);
	file = fopen(ssh, "w");
	ck_assert_ptr_nonnull(file);
	fprintf(file,
		"#!/bin/sh\n[ \"$1 $2 $3\" = '-T -- me@far' ] || exit 255\n"
		"PATH=%.*s:$PATH exec sh -c \"$4\"\n",
		(int)(strrchr(program(), '/') - program()), program());
	fclose(file);
	ck_assert_int_eq(chmod(ssh, 0755), 0);

	start_daemon("{\"parameters\":{\"state\":\"mining\"}}");
	EXPECT("-H me@far status", 0, "mining");
	stop_daemon();
	EXPECT("-H me@far status", 3, "does not exist: minerd is not running");
	ck_assert_ptr_nonnull(strstr(output, "the daemon on me@far cannot be reached"));
	ck_assert_ptr_null(strstr(output, "ssh ended"));
	EXPECT("-H nobody@far status", 3, "");
	file = fopen(ssh, "w");
	ck_assert_ptr_nonnull(file);
	fputs("#!/bin/sh\nexit 127\n", file);
	fclose(file);
	EXPECT("-H me@far status", 3, "minerctl is not in the PATH of the shell");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ctl");
	TCase *program = tcase_create("program");

	tcase_set_timeout(program, 30);
	tcase_add_checked_fixture(program, setup, teardown);
	tcase_add_test(program, usage);
	tcase_add_test(program, nobody_there);
	tcase_add_test(program, another_program);
	tcase_add_test(program, refusals);
	tcase_add_test(program, exit_statuses_with_a_daemon);
	tcase_add_test(program, switch_to_a_pool_that_is_down);
	tcase_add_test(program, ascii_in_the_c_locale);
	tcase_add_test(program, over_ssh);
	suite_add_tcase(suite, program);
	return suite_main(suite);
}
