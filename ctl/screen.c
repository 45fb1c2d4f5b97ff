/* SPDX-License-Identifier: MIT */
/* Controls of the terminal are those of xterm (ctlseqs), which every terminal of today has. */
#include "ctl/screen.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/container.h"
#include "common/utf8.h"

/* The alternate screen, no cursor, no wrapping at the right edge. */
#define SCREEN_ENTER "\033[?1049h\033[?25l\033[?7l"
#define SCREEN_LEAVE "\033[?7h\033[?25h\033[?1049l"
#define SCREEN_BEGIN "\033[?2026h\033[H" /* nothing is shown until SCREEN_END */
#define SCREEN_END   "\033[?2026l"
#define SCREEN_ERASE "\033[K" /* the line from the cursor on */
#define SCREEN_BELOW "\033[J" /* and all below */
#define SCREEN_DIM   "\033[2m"
#define SCREEN_PLAIN "\033[0m"

enum {
	SCREEN_FOOT_ROWS = 3,	   /* rows that a window must have for a foot */
	SCREEN_BACKGROUND_MAX = 64 /* times that it is stopped in the background, before it fails */
};

static void screen_signals(sigset_t *set)
{
	static const int numbers[] = {SIGINT,  SIGTERM, SIGHUP,	 SIGQUIT, SIGUSR1,
				      SIGUSR2, SIGTSTP, SIGCONT, SIGWINCH};

	sigemptyset(set);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		sigaddset(set, numbers[i]);
}

int screen_init(struct screen *screen, struct terminal *term)
{
	sigset_t signals;

	*screen = SCREEN_NULL;
	screen->term = term;
	screen_signals(&signals);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	screen->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (screen->signal_fd < 0 || tcgetattr(STDIN_FILENO, &screen->before) < 0)
		return -errno;
	return 0;
}

void screen_deinit(struct screen *screen)
{
	screen_leave(screen);
	cleanup_close(&screen->signal_fd);
	screen->signal_fd = -1;
}

/* Where no shell can put it into the foreground, the stop has no effect. */
static int screen_wait_foreground(void)
{
	for (unsigned i = 0; i < SCREEN_BACKGROUND_MAX; i++) {
		pid_t front = tcgetpgrp(STDIN_FILENO);

		if (front < 0 || front == getpgrp())
			return 0;
		raise(SIGTTIN);
	}
	return -EIO;
}

int screen_enter(struct screen *screen)
{
	struct termios raw = screen->before;
	int r;

	assert(screen->signal_fd >= 0);
	r = screen_wait_foreground();
	if (r < 0)
		return r;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) < 0)
		return -errno;
	screen->entered = true;
	terminal_measure(screen->term);
	fputs(SCREEN_ENTER, screen->term->out);
	fflush(screen->term->out);
	return 0;
}

void screen_leave(struct screen *screen)
{
	if (!screen->entered)
		return;
	screen->entered = false;
	fputs(SCREEN_LEAVE, screen->term->out);
	fflush(screen->term->out);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &screen->before);
}

void screen_stop(struct screen *screen)
{
	const struct timespec at_once = {};
	sigset_t stop, go_on;

	screen_leave(screen);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	sigemptyset(&go_on);
	sigaddset(&go_on, SIGCONT);
	raise(SIGTSTP);
	/* Here it stops. */
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	/* SIGCONT has been handled by this. */
	sigtimedwait(&go_on, NULL, &at_once);
}

/* Bytes of the escape sequence that text begins with; 0: none. */
static size_t screen_escape(const char *text, size_t n)
{
	size_t i = 2;

	if (n < 3 || text[0] != '\033' || text[1] != '[')
		return 0;
	while (i < n && (text[i] < '@' || text[i] > '~'))
		i++;
	return MIN(i + 1, n);
}

/* Bytes of a line that fit into so many columns; escape sequences take none. */
static size_t screen_fitting(const char *line, size_t n, size_t columns)
{
	size_t i = 0;

	while (i < n) {
		size_t length = screen_escape(line + i, n - i);
		uint32_t character;
		unsigned wide;

		if (length) {
			i += length;
			continue;
		}
		length = utf8_decode(&character, line + i, n - i);
		wide = length ? terminal_columns(character) : 1;
		if (wide > columns)
			break;
		columns -= wide;
		i += MAX(length, (size_t)1);
	}
	return i;
}

/*
 * A line at the cursor. It is erased first: at the right edge that would erase the last character,
 * as the cursor stays on it.
 */
static void screen_put(const struct screen *screen, FILE *out, const char *line, size_t n, bool dim)
{
	bool colour = screen->term->colour;

	fprintf(out, SCREEN_ERASE "%s", dim && colour ? SCREEN_DIM : "");
	fwrite(line, 1, screen_fitting(line, n, screen->term->columns), out);
	fputs(colour ? SCREEN_PLAIN : "", out);
}

/* The lines of text, down to row limit; rows that are used then. *skipped: lines left over. */
static unsigned screen_put_lines(const struct screen *screen, FILE *out, const char *text, bool dim,
				 unsigned row, unsigned limit, unsigned *skipped)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		if (row < limit) {
			fputs(row ? "\r\n" : "", out);
			screen_put(screen, out, text, n, dim);
			row++;
		} else {
			++*skipped;
		}
		text += n + (text[n] == '\n');
	}
	return row;
}

static void screen_put_foot(const struct screen *screen, FILE *out, const char *foot,
			    unsigned skipped)
{
	char text[256], more[32];

	snprintf(more, sizeof(more), "%u more line%s   ", skipped, skipped == 1 ? "" : "s");
	snprintf(text, sizeof(text), "q quits   %s%s", skipped ? more : "", foot);
	fprintf(out, "\033[%u;1H", screen->term->rows);
	screen_put(screen, out, text, strlen(text), true);
}

void screen_show(const struct screen *screen, const char *head, const char *body, bool dim,
		 const char *foot)
{
	CLEANUP(cleanup_free) char *text = NULL;
	unsigned rows = screen->term->rows, row, skipped = 0;
	bool footed = rows >= SCREEN_FOOT_ROWS;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	fputs(SCREEN_BEGIN, out);
	row = screen_put_lines(screen, out, head, false, 0, rows - footed, &skipped);
	row = screen_put_lines(screen, out, body, dim, row, rows - footed, &skipped);
	if (row < rows)
		fputs("\r\n" SCREEN_BELOW, out);
	if (footed)
		screen_put_foot(screen, out, foot, skipped);
	fputs(SCREEN_END, out);
	fclose(out);
	if (!text)
		return;
	fwrite(text, 1, size, screen->term->out);
	fflush(screen->term->out);
}
