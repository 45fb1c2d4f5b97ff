/* SPDX-License-Identifier: MIT */
#pragma once

/* The control socket over a real ring, and blocking clients of it in the same thread. */
#include "control/control.h"

enum { CONTROL_FIXTURE_REPLY_MAX = 1 << 20 };

extern struct ring control_fixture_ring;
extern struct control control_fixture; /* initialised; control_fixture_listen() makes its socket */
extern const struct control_interface control_fixture_interface;
extern char control_fixture_path[96];
extern char control_fixture_logged[65536]; /* all log lines */
extern char control_fixture_done[256];	   /* what the methods were called for */
extern char control_fixture_filling[CONTROL_FIXTURE_REPLY_MAX]; /* in each status */
extern unsigned control_fixture_statuses;			/* that were made */
extern bool control_fixture_no_memory;				/* for any more of them */
extern struct control_ticket control_fixture_ticket;		/* of the last call of Later() */
extern char control_fixture_text[CONTROL_FIXTURE_REPLY_MAX];	/* the last reply */

/* Fixtures. */
void control_fixture_setup(void);
void control_fixture_teardown(void);

void control_fixture_listen(void);

/* Iterates the ring for so long, or until fd can be read. */
bool control_fixture_iterate(int fd, unsigned ms);

int control_fixture_open(void);

/* The same as another user, for which the test has to be root's. */
int control_fixture_open_as(uid_t uid);

/* Sends a text with its NUL. */
void control_fixture_call(int fd, const char *text);

/* The next reply, "" at the end of the connection, "nothing" when none comes within ms. */
const char *control_fixture_reply_within(int fd, unsigned ms);
const char *control_fixture_reply(int fd);
