/* SPDX-License-Identifier: MIT */
/*
 * A screen that follows the daemon. Invariant: the terminal is put back as it was found on every
 * way out, which is why signals are read from a descriptor and not handled.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "ctl/ctl.h"
#include "ctl/view.h"

/* xterm's controls, which every terminal of today has. */
#define TOP_ENTER "\033[?1049h\033[?25l\033[?7l"
#define TOP_LEAVE "\033[?7h\033[?25h\033[?1049l"
#define TOP_HOME  "\033[H"
#define TOP_LINE  "\033[K\r\n"
#define TOP_REST  "\033[K\033[J"

struct top {
	struct ctl *ctl;
	struct termios before;
	bool raw; /* the terminal was changed */
	int signal_fd;
	struct json_object *status; /* the last */
	bool quit;
};

static void top_leave(struct top *top)
{
	if (top->raw) {
		fputs(TOP_LEAVE, stdout);
		fflush(stdout);
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &top->before);
	}
	cleanup_close(&top->signal_fd);
	json_object_put(top->status);
}

static int top_enter(struct top *top)
{
	struct termios raw;
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGWINCH);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	top->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (top->signal_fd < 0 || tcgetattr(STDIN_FILENO, &top->before) < 0)
		return -errno;
	raw = top->before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) < 0)
		return -errno;
	top->raw = true;
	fputs(TOP_ENTER, stdout);
	return 0;
}

/* As many lines of text as the window has, each from its left edge. */
static void top_show(const struct top *top, char *text)
{
	unsigned row = 1;

	fputs(TOP_HOME, stdout);
	for (char *line = text, *end; *line && row < top->ctl->term.rows; line = end + 1, row++) {
		end = strchrnul(line, '\n');
		fwrite(line, 1, (size_t)(end - line), stdout);
		fputs(TOP_LINE, stdout);
		if (!*end)
			break;
	}
	fputs(TOP_REST, stdout);
	fflush(stdout);
}

static void top_draw(const struct top *top)
{
	CLEANUP(cleanup_free) char *text = NULL;
	struct terminal term = top->ctl->term;
	size_t size;

	if (!top->status)
		return;
	term.out = open_memstream(&text, &size);
	if (!term.out)
		return;
	view_status(&term, top->status);
	fputs("\n", term.out);
	view_latency(&term, top->status, 2);
	fputs("\n", term.out);
	view_workers(&term, top->status, 2);
	fputs("\n", term.out);
	terminal_print(&term, TERMINAL_DIM, "  q quits");
	fclose(term.out);
	top_show(top, text);
}

static void top_signal(struct top *top)
{
	struct signalfd_siginfo info;

	if (read(top->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGWINCH) {
		terminal_measure(&top->ctl->term);
		top_draw(top);
	} else {
		top->quit = true;
	}
}

static void top_key(struct top *top)
{
	char key = 0;
	ssize_t n = read(STDIN_FILENO, &key, 1);

	top->quit = n == 0 || (n < 0 && errno != EINTR) || key == 'q' || key == 'Q';
}

/* Shows the last of the statuses that have arrived. CTL_OK, or what the verb ends with. */
static int top_statuses(struct top *top)
{
	struct client *client = &top->ctl->client;
	CLEANUP(varlink_reply_deinit) struct varlink_reply reply = VARLINK_REPLY_NULL;
	bool any = false;

	while (client_next(client, &reply)) {
		if (!reply.message || reply.error)
			return ctl_refused(top->ctl, &reply);
		json_object_put(top->status);
		top->status = json_object_get(reply.parameters);
		varlink_reply_deinit(&reply);
		any = true;
	}
	if (any)
		top_draw(top);
	return CTL_OK;
}

static int top_follow(struct top *top)
{
	struct client *client = &top->ctl->client;
	int r = CTL_OK;

	while (!top->quit && r == CTL_OK) {
		struct pollfd wait[] = {
			{.fd = STDIN_FILENO, .events = POLLIN},
			{.fd = top->signal_fd, .events = POLLIN},
			{.fd = client->fd, .events = POLLIN},
		};

		if (poll(wait, ARRAY_SIZE(wait), client->timeout_ms) == 0) {
			snprintf(client->reason, sizeof(client->reason),
				 "the daemon does not answer");
			return CTL_NO_DAEMON;
		}
		if (wait[0].revents)
			top_key(top);
		if (wait[1].revents)
			top_signal(top);
		if (wait[2].revents)
			r = client_receive_more(client) < 0 ? CTL_NO_DAEMON : top_statuses(top);
	}
	return r;
}

/* A status a line, for programs. */
static int top_json(struct ctl *ctl)
{
	for (;;) {
		CLEANUP(varlink_reply_deinit) struct varlink_reply reply = VARLINK_REPLY_NULL;

		if (client_receive(&ctl->client, &reply) < 0)
			return ctl_unreachable(ctl);
		if (reply.error)
			return ctl_refused(ctl, &reply);
		puts(json_object_to_json_string_ext(reply.parameters, JSON_C_TO_STRING_PLAIN));
		if (fflush(stdout) != 0)
			return CTL_OK;
	}
}

int verb_top(struct ctl *ctl, const char *argument)
{
	struct top top = {.ctl = ctl, .signal_fd = -1};
	int r;

	if (!ctl->json && (!ctl->term.tty || !isatty(STDIN_FILENO))) {
		fputs("minerctl: top needs a terminal; for programs there is minerctl --json top\n",
		      stderr);
		return CTL_USAGE;
	}
	if (client_send(&ctl->client, CTL_INTERFACE ".Monitor", NULL, true) < 0)
		return ctl_unreachable(ctl);
	if (ctl->json)
		return top_json(ctl);
	r = top_enter(&top);
	if (r < 0)
		snprintf(ctl->client.reason, sizeof(ctl->client.reason),
			 "the terminal cannot be set up");
	else
		r = top_follow(&top);
	top_leave(&top);
	return r < 0 || r == CTL_NO_DAEMON ? ctl_unreachable(ctl) : r;
}
