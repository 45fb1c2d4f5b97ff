/* SPDX-License-Identifier: MIT */
#pragma once

/* The control socket over a real ring, and blocking clients of it in the same thread. */
#include "control/control.h"

enum { CONTROL_KIT_REPLY_MAX = 1 << 20 };

extern struct ring control_kit_ring;
extern struct control control_kit; /* initialised; control_kit_listen() makes its socket */
extern const struct control_interface control_kit_interface;
extern char control_kit_path[96];
extern char control_kit_logged[65536];			/* all log lines */
extern char control_kit_done[256];			/* what the methods were called for */
extern char control_kit_filling[CONTROL_KIT_REPLY_MAX]; /* in each status */
extern unsigned control_kit_statuses;			/* that were made */
extern bool control_kit_no_memory;			/* for any more of them */
extern struct control_ticket control_kit_ticket;	/* of the last call of Later() */
extern char control_kit_text[CONTROL_KIT_REPLY_MAX];	/* the last reply */

/* Fixtures. */
void control_kit_setup(void);
void control_kit_teardown(void);

void control_kit_listen(void);

/* Turns the ring for so long, or until fd can be read. */
bool control_kit_turn(int fd, unsigned ms);

int control_kit_open(void);

/* The same as another user, for which the test has to be root's. */
int control_kit_open_as(uid_t uid);

/* Sends a text with its NUL. */
void control_kit_call(int fd, const char *text);

/* The next reply, "" at the end of the connection, "nothing" when none comes within ms. */
const char *control_kit_reply_within(int fd, unsigned ms);
const char *control_kit_reply(int fd);
