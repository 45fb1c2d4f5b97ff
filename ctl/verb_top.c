/* SPDX-License-Identifier: MIT */
/*
 * Shows the status until the user quits. A daemon that ends, hangs or is started again changes what
 * is shown, and does not end the program. The age of the data is shown as soon as a status is late.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/units.h"
#include "ctl/ctl.h"
#include "ctl/page.h"
#include "ctl/screen.h"
#include "ctl/verb.h"
#include "ctl/view_line.h"
#include "ctl/view_status.h"
#include "ctl/view_tables.h"

enum {
	TOP_TICK_MS = 1000,	  /* between two checks of the age of the data */
	TOP_LATE_MS = 2000,	  /* age of the data from which on it is shown */
	TOP_RETRY_MS = 1000,	  /* between two attempts to connect */
	TOP_RETRY_SSH_MS = 10000, /* over ssh: a server may block who fails too often */
	TOP_TIME_MAX = 16,
};

struct top {
	struct ctl *ctl;
	struct screen screen;
	struct json_object *status; /* the last */
	uint64_t heard_ns;	    /* when it came; clock_now() */
	time_t heard_time;
	uint64_t asked_ns; /* when statuses were requested last */
	bool gone;	   /* the connection was lost, and no status has come since */
	uint64_t gone_ns;  /* when */
	time_t gone_time;
	uint64_t retry_ns; /* of the next attempt, while there is no connection */
	bool quit;
};

/* "14:03:22" of this machine's time zone. */
static const char *top_time(char ret[TOP_TIME_MAX], time_t when)
{
	struct tm parts;

	if (!localtime_r(&when, &parts) || !strftime(ret, TOP_TIME_MAX, "%H:%M:%S", &parts))
		strcpy(ret, "?");
	return ret;
}

/* Time since the last status, or since statuses were requested. */
static uint64_t top_wait_ms(const struct top *top)
{
	return (clock_now() - MAX(top->heard_ns, top->asked_ns)) / CLOCK_MS;
}

/* Replaces the headline while no statuses arrive. */
static void top_head(const struct terminal *term, const struct top *top)
{
	uint64_t now = clock_now();
	char since[TOP_TIME_MAX], last[TOP_TIME_MAX], seconds[UNITS_MAX];

	top_time(last, top->heard_time);
	if (top->gone) {
		units_duration(seconds, (double)(now - top->gone_ns) / (double)CLOCK_S);
		view_line_print(term, 0, NULL, TERMINAL_RED,
				"● connection to minerd lost at %s (%s ago); retrying every %d s",
				top_time(since, top->gone_time), seconds,
				(top->ctl->host ? TOP_RETRY_SSH_MS : TOP_RETRY_MS) / 1000);
		view_line_print(term, 2, NULL, TERMINAL_RED, "%s", top->ctl->client.failure.reason);
		view_line_print(term, 2, NULL, TERMINAL_RED, "The figures below are from %s.",
				last);
		return;
	}
	units_duration(seconds, (double)(now - top->heard_ns) / (double)CLOCK_S);
	if (top_wait_ms(top) >= CLIENT_TIMEOUT_MS) {
		view_line_print(term, 0, NULL, TERMINAL_RED,
				"● minerd hangs: no status for %s; the figures below are from %s",
				seconds, last);
		client_silent(&top->ctl->client);
		view_line_print(term, 2, NULL, TERMINAL_RED, "%s", top->ctl->client.failure.reason);
		return;
	}
	view_line_print(term, 0, NULL, TERMINAL_YELLOW,
			"● no status from minerd for %s; the figures below are from %s", seconds,
			last);
}

static bool top_fresh(const struct top *top)
{
	return !top->gone && top_wait_ms(top) < TOP_LATE_MS;
}

static char *top_make_head(const struct top *top)
{
	struct page page;

	if (page_begin(&page, &top->ctl->term)) {
		if (top_fresh(top))
			view_headline(&page.term, top->status);
		else
			top_head(&page.term, top);
		fputs("\n", page.term.out);
	}
	return page_end(&page);
}

static char *top_make_body(const struct top *top)
{
	struct page page;

	if (page_begin(&page, &top->ctl->term)) {
		page.term.colour = page.term.colour && top_fresh(top);
		view_status_body(&page.term, top->status);
		fputs("\n", page.term.out);
		view_latency_last_hour(&page.term, top->status, 2);
		fputs("\n", page.term.out);
		view_workers(&page.term, top->status, 2);
	}
	return page_end(&page);
}

static void top_draw(const struct top *top)
{
	CLEANUP(cleanup_free) char *head = top_make_head(top);
	CLEANUP(cleanup_free) char *body = top_make_body(top);
	char foot[128], last[TOP_TIME_MAX];
	const char *host = top->ctl->host;

	snprintf(foot, sizeof(foot), "updated %s%s%.64s", top_time(last, top->heard_time),
		 host ? "   on " : "", host ? host : "");
	terminal_clean(foot);
	if (head && body)
		screen_show(&top->screen, head, body, !top_fresh(top), foot);
}

/* The connection is lost; the failure is in the client. */
static void top_lose(struct top *top)
{
	client_close(&top->ctl->client);
	top->retry_ns = clock_now() + (top->ctl->host ? TOP_RETRY_SSH_MS : TOP_RETRY_MS) * CLOCK_MS;
	if (top->gone)
		return;
	top->gone = true;
	top->gone_ns = clock_now();
	top->gone_time = time(NULL);
}

/* Connects and requests statuses. Negative errno, with the failure in the client. */
static int top_connect(struct ctl *ctl, int wait_ms, bool unattended)
{
	int r = ctl_connect(ctl, wait_ms, unattended);

	return r < 0 ? r : client_send(&ctl->client, CTL_INTERFACE ".Monitor", NULL, true);
}

static int top_take(struct top *top, const struct varlink_reply *reply)
{
	struct client *client = &top->ctl->client;
	int r;

	if (reply->error)
		return failure_set(&client->failure, EPROTO, "the daemon replied with %s",
				   reply->error);
	r = ctl_check_status(top->ctl, reply->parameters);
	if (r < 0)
		return r;
	json_object_put(top->status);
	top->status = json_object_get(reply->parameters);
	top->heard_ns = clock_now();
	top->heard_time = time(NULL);
	top->gone = false;
	return 0;
}

/* Takes the statuses that have arrived. */
static int top_receive(struct top *top)
{
	CLEANUP(varlink_reply_deinit) struct varlink_reply reply = VARLINK_REPLY_NULL;
	struct client *client = &top->ctl->client;
	int r = client_receive_more(client);

	while (r >= 0 && (r = client_next(client, &reply)) > 0) {
		bool more = reply.continues;

		r = top_take(top, &reply);
		varlink_reply_deinit(&reply);
		if (r == 0 && !more)
			r = failure_set(&client->failure, ECONNRESET,
					"the daemon sends no further statuses");
	}
	return r;
}

/* The first status. The exit status; if not CTL_OK, the error was printed. */
static int top_first(struct top *top)
{
	CLEANUP(varlink_reply_deinit) struct varlink_reply reply = VARLINK_REPLY_NULL;
	struct ctl *ctl = top->ctl;

	if (client_receive(&ctl->client, &reply) < 0)
		return ctl_unreachable(ctl);
	if (reply.error)
		return ctl_refused(ctl, &reply);
	return top_take(top, &reply) < 0 ? ctl_unreachable(ctl) : CTL_OK;
}

/* After a stop: opens a new connection and takes the window again. */
static void top_resume(struct top *top)
{
	struct ctl *ctl = top->ctl;
	int r;

	client_close(&ctl->client);
	/* Before the window is taken: ssh may ask for a password. */
	r = top_connect(ctl, 0, false);
	if (r == 0 && ctl->host) {
		CLEANUP(varlink_reply_deinit) struct varlink_reply reply = VARLINK_REPLY_NULL;

		r = client_receive(&ctl->client, &reply);
		r = r < 0 ? r : top_take(top, &reply);
	}
	top->asked_ns = clock_now();
	if (r < 0)
		top_lose(top);
	if (screen_enter(&top->screen) < 0)
		top->quit = true;
}

static void top_signal(struct top *top)
{
	struct signalfd_siginfo info;

	if (read(top->screen.signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	switch (info.ssi_signo) {
	case SIGWINCH:
		terminal_measure(&top->ctl->term);
		top_draw(top);
		break;
	case SIGTSTP:
		client_close(&top->ctl->client);
		screen_stop(&top->screen);
		top_resume(top);
		break;
	case SIGCONT:
		top_resume(top);
		break;
	default:
		top->quit = true;
	}
}

static void top_key(struct top *top)
{
	enum { REDRAW = 'L' - '@' /* Ctrl-L */ };
	char key = 0;
	ssize_t n = read(STDIN_FILENO, &key, 1);

	top->quit = n == 0 || (n < 0 && errno != EINTR) || key == 'q' || key == 'Q';
	if (key == REDRAW)
		top_draw(top);
}

/* Connects again when it is time, and keeps the age of the data up to date. */
static void top_tick(struct top *top)
{
	struct client *client = &top->ctl->client;
	uint64_t now = clock_now();

	if (client->fd < 0) {
		if (now >= top->retry_ns && top_connect(top->ctl, 0, true) < 0)
			top_lose(top);
	} else if (now >= client->deadline_ns) {
		client_silent(client);
		/* A local daemon may continue; a network connection may be dead. */
		if (top->ctl->host)
			top_lose(top);
	}
	if (!top_fresh(top))
		top_draw(top);
}

static void top_follow(struct top *top)
{
	struct client *client = &top->ctl->client;

	while (!top->quit) {
		struct pollfd wait[] = {
			{.fd = STDIN_FILENO, .events = POLLIN},
			{.fd = top->screen.signal_fd, .events = POLLIN},
			{.fd = client->fd, .events = POLLIN},
		};

		if (poll(wait, ARRAY_SIZE(wait), TOP_TICK_MS) < 0 && errno != EINTR)
			return;
		if (wait[2].revents) {
			if (top_receive(top) < 0)
				top_lose(top);
			top_draw(top);
		}
		if (wait[0].revents)
			top_key(top);
		if (wait[1].revents)
			top_signal(top);
		if (!top->quit)
			top_tick(top);
	}
}

/* Prints one status per line, for programs. */
static int top_json(struct ctl *ctl)
{
	for (;;) {
		CLEANUP(varlink_reply_deinit) struct varlink_reply reply = VARLINK_REPLY_NULL;

		if (client_receive(&ctl->client, &reply) < 0)
			return ctl_unreachable(ctl);
		if (reply.error)
			return ctl_refused(ctl, &reply);
		if (ctl_check_status(ctl, reply.parameters) < 0)
			return ctl_unreachable(ctl);
		ctl_print_json(ctl, reply.parameters, false);
		if (fflush(stdout) != 0)
			return CTL_OK;
	}
}

static bool top_has_terminal(const struct ctl *ctl)
{
	const char *kind = getenv("TERM");

	return ctl->term.tty && isatty(STDIN_FILENO) && (!kind || strcmp(kind, "dumb") != 0);
}

/* Shows the window until somebody quits. Negative errno. */
static int top_run(struct top *top)
{
	int r = screen_init(&top->screen, &top->ctl->term);

	if (r == 0)
		r = screen_enter(&top->screen);
	if (r == 0) {
		top_draw(top);
		top_follow(top);
	}
	screen_deinit(&top->screen);
	return r;
}

int verb_top(struct ctl *ctl, const char *argument)
{
	struct top top = {.ctl = ctl, .screen = SCREEN_NULL};
	int r, error = 0;

	if (!ctl->json && !top_has_terminal(ctl)) {
		ctl_error(ctl,
			  "top needs a terminal whose cursor it can move; for programs there is "
			  "minerctl --json top");
		return CTL_USAGE;
	}
	if (client_send(&ctl->client, CTL_INTERFACE ".Monitor", NULL, true) < 0)
		return ctl_unreachable(ctl);
	if (ctl->json)
		return top_json(ctl);
	r = top_first(&top);
	if (r == CTL_OK)
		error = top_run(&top);
	if (error < 0)
		ctl_error(ctl, "top: cannot use the terminal: %s", strerror(-error));
	json_object_put(top.status);
	return error < 0 ? CTL_USAGE : r;
}
