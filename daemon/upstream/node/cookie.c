/* SPDX-License-Identifier: MIT */
#include "upstream/node/cookie.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/container.h"
#include "io/store_files.h"

static void cookie_close(struct cookie *cookie)
{
	if (cookie->fd >= 0)
		store_files_close(take_fd(&cookie->fd));
	cookie->reading = false;
}

/* error: a negative errno; 0: `what` is all. */
static void cookie_fail(struct cookie *cookie, const char *what, int error)
{
	char reason[COOKIE_REASON_MAX];

	cookie_close(cookie);
	if (error == -ENOENT)
		snprintf(reason, sizeof(reason),
			 "cookie_file %.200s: no such file; is the node running?", cookie->path);
	else if (error == -EACCES)
		snprintf(reason, sizeof(reason),
			 "cookie_file %.200s: permission denied; let the user of minerd read it",
			 cookie->path);
	else
		snprintf(reason, sizeof(reason), "cookie_file %.200s: %s", cookie->path,
			 error ? strerror(-error) : what);
	cookie->done(cookie, NULL, reason);
}

/* One line of printable characters with a colon in it. */
static bool cookie_is_valid(char *text)
{
	text[strcspn(text, "\r\n")] = '\0';
	for (const char *c = text; *c; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	return strchr(text, ':') != NULL;
}

static void cookie_on_read(struct cookie *cookie, int result)
{
	if (result < 0) {
		cookie_fail(cookie, "", result);
		return;
	}
	cookie->text[result] = '\0';
	if (result > COOKIE_MAX || !cookie_is_valid(cookie->text)) {
		cookie_fail(cookie, "it is not USER:PASSWORD in one line", 0);
		return;
	}
	cookie_close(cookie);
	cookie->done(cookie, cookie->text, NULL);
}

static void cookie_on_op(struct ring_op *op, int result)
{
	struct cookie *cookie = container_of(op, struct cookie, op);
	bool opened = !cookie->reading;

	if (opened && result >= 0)
		cookie->fd = result;
	if (cookie->cancelled) {
		cookie_close(cookie);
		cookie->cancelled = false;
		cookie->ended(cookie);
	} else if (!opened) {
		cookie_on_read(cookie, result);
	} else if (result < 0) {
		cookie_fail(cookie, "", result);
	} else {
		cookie->reading = true;
		ring_read(cookie->ring, &cookie->op, cookie->fd, cookie->text, COOKIE_MAX + 1);
	}
}

void cookie_init(struct cookie *cookie, struct ring *ring,
		 void (*done)(struct cookie *cookie, const char *text, const char *reason),
		 void (*ended)(struct cookie *cookie))
{
	*cookie = (struct cookie){
		.ring = ring, .op.fn = cookie_on_op, .done = done, .ended = ended, .fd = -1};
}

void cookie_deinit(struct cookie *cookie)
{
	cookie_close(cookie);
}

void cookie_read(struct cookie *cookie, const char *path)
{
	assert(!cookie_busy(cookie) && cookie->fd < 0);
	cookie->path = path;
	/* O_NONBLOCK: a FIFO without a writer ends at once. */
	ring_openat(cookie->ring, &cookie->op, AT_FDCWD, path,
		    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
}

bool cookie_busy(const struct cookie *cookie)
{
	return cookie->op.armed;
}

void cookie_cancel(struct cookie *cookie)
{
	if (!cookie->op.armed || cookie->cancelled)
		return;
	cookie->cancelled = true;
	ring_cancel(cookie->ring, &cookie->op);
}
