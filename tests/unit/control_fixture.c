/* SPDX-License-Identifier: MIT */
#include "tests/unit/control_fixture.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/varlink.h"

enum { PATIENCE_MS = 4000 };

struct ring control_fixture_ring;
struct control control_fixture;
static char control_fixture_folder[64];
char control_fixture_path[96];
char control_fixture_logged[65536];
char control_fixture_done[256];
char control_fixture_filling[CONTROL_FIXTURE_REPLY_MAX];
unsigned control_fixture_statuses;
bool control_fixture_no_memory;
struct control_ticket control_fixture_ticket;
static struct json_writer control_fixture_writer = {.inside = true};
char control_fixture_text[CONTROL_FIXTURE_REPLY_MAX];

static void sink(enum log_level level, const char *text, const struct log_field *fields)
{
	size_t n = strlen(control_fixture_logged);

	snprintf(control_fixture_logged + n, sizeof(control_fixture_logged) - n, "%s\n", text);
}

static enum control_result on_status(struct control_call *call)
{
	struct json_writer *writer = &control_fixture_writer;

	control_fixture_statuses++;
	if (control_fixture_no_memory)
		return CONTROL_FAILED;
	json_writer_reset(writer);
	json_writer_open(writer, NULL);
	json_writer_string(writer, "version", "9.9");
	json_writer_string(writer, "filling", control_fixture_filling);
	json_writer_close(writer);
	call->reply = json_writer_text(writer, &call->reply_size);
	ck_assert_ptr_nonnull(call->reply);
	return CONTROL_OK;
}

static enum control_result on_monitor(struct control_call *call)
{
	enum control_result result = on_status(call);

	return result == CONTROL_OK && call->more ? CONTROL_CONTINUES : result;
}

static enum control_result on_pause(struct control_call *call)
{
	strcat(control_fixture_done, "pause ");
	return CONTROL_OK;
}

static enum control_result on_resume(struct control_call *call)
{
	strcat(control_fixture_done, "resume ");
	return CONTROL_OK;
}

static enum control_result on_switch(struct control_call *call)
{
	const char *name = varlink_get_text(call->parameters, "name");

	if (!name)
		return control_invalid(call, "name");
	strcat(strcat(strcat(control_fixture_done, "switch:"), name), " ");
	return strcmp(name, "there") == 0 ? CONTROL_OK
					  : control_error(call, "NoSuchPool", "name", name);
}

static enum control_result on_reload(struct control_call *call)
{
	strcat(control_fixture_done, "reload ");
	strcpy(call->reason, "minerd.conf:3: \"x\"");
	return CONTROL_REFUSED;
}

static enum control_result on_later(struct control_call *call)
{
	strcat(control_fixture_done, "later ");
	control_fixture_ticket = call->ticket;
	return CONTROL_PENDING;
}

static enum control_result on_at_once(struct control_call *call)
{
	control_finish(&control_fixture, call->ticket, CONTROL_OK, NULL);
	return CONTROL_PENDING;
}

static const struct control_method control_fixture_methods[] = {
	{"Status", false, on_status}, {"Monitor", false, on_monitor},  {"Pause", true, on_pause},
	{"Resume", true, on_resume},  {"SwitchPool", true, on_switch}, {"Reload", true, on_reload},
	{"Later", true, on_later},    {"AtOnce", true, on_at_once},    {},
};

const struct control_interface control_fixture_interface = {
	"io.minerd.Miner",
	"# What the tests serve.\ninterface io.minerd.Miner\n",
	control_fixture_methods,
};

void control_fixture_setup(void)
{
	log_set_sink(sink);
	control_fixture_logged[0] = control_fixture_done[0] = '\0';
	control_fixture_filling[0] = '\0';
	control_fixture_statuses = 0;
	control_fixture_no_memory = false;
	strcpy(control_fixture_folder, "/tmp/test_control.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(control_fixture_folder));
	ck_assert_int_eq(chmod(control_fixture_folder, 0755), 0);
	snprintf(control_fixture_path, sizeof(control_fixture_path), "%s/control.sock",
		 control_fixture_folder);
	ck_assert_int_eq(ring_init(&control_fixture_ring), 0);
	control_init(&control_fixture, &control_fixture_ring);
	control_add(&control_fixture, &control_fixture_interface, NULL);
}

static void on_wake(struct ring_timer *timer)
{
}

bool control_fixture_iterate(int fd, unsigned ms)
{
	struct ring_timer wake = {.fn = on_wake};
	uint64_t end = clock_now() + ms * CLOCK_MS;
	bool readable = false;

	while (!readable && clock_now() < end) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};

		ring_timer_in(&control_fixture_ring, &wake, 2 * CLOCK_MS);
		ck_assert_int_eq(ring_iterate(&control_fixture_ring), 0);
		readable = poll(&wait, 1, 0) == 1;
	}
	ring_timer_stop(&control_fixture_ring, &wake);
	return readable;
}

void control_fixture_teardown(void)
{
	char command[128];

	control_stop(&control_fixture);
	for (int i = 0; i < 100 && !control_closed(&control_fixture); i++)
		control_fixture_iterate(-1, 3);
	ck_assert(control_closed(&control_fixture));
	control_deinit(&control_fixture);
	control_deinit(&control_fixture);
	ring_deinit(&control_fixture_ring);
	json_writer_deinit(&control_fixture_writer);
	snprintf(command, sizeof(command), "rm -r %s", control_fixture_folder);
	ck_assert_int_eq(system(command), 0);
}

int control_fixture_open(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	strcpy(address.sun_path, control_fixture_path);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

int control_fixture_open_as(uid_t uid)
{
	int fd;

	/* What counts is who connects, unix(7). */
	ck_assert_int_eq(seteuid(uid), 0);
	fd = control_fixture_open();
	ck_assert_int_eq(seteuid(0), 0);
	return fd;
}

void control_fixture_call(int fd, const char *text)
{
	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(write(fd, text, strlen(text) + 1), (ssize_t)strlen(text) + 1);
}

const char *control_fixture_reply_within(int fd, unsigned ms)
{
	uint64_t end = clock_now() + ms * CLOCK_MS;
	size_t n = 0;

	for (;;) {
		ssize_t r;

		if (!control_fixture_iterate(
			    fd, clock_now() < end ? (unsigned)((end - clock_now()) / CLOCK_MS) : 0))
			return "nothing";
		/* One byte at a time: what follows belongs to the next reply. */
		r = read(fd, control_fixture_text + n, 1);
		if (r <= 0)
			return "";
		if (!control_fixture_text[n++])
			return control_fixture_text;
		while (n < CONTROL_FIXTURE_REPLY_MAX &&
		       recv(fd, control_fixture_text + n, 1, MSG_DONTWAIT) == 1)
			if (!control_fixture_text[n++])
				return control_fixture_text;
	}
}

const char *control_fixture_reply(int fd)
{
	return control_fixture_reply_within(fd, PATIENCE_MS);
}

void control_fixture_listen(void)
{
	int r = control_listen(&control_fixture, control_fixture_path);

	ck_assert_msg(r == 0, "%d %s", r, control_fixture_logged);
}
