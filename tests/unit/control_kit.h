/* SPDX-License-Identifier: MIT */
#pragma once

/* The control socket over a real ring, and blocking clients of it in the same thread. */
#include "control/control.h"

enum { CONTROL_KIT_REPLY_MAX = 1 << 20 };

extern struct ring control_kit_ring;
extern struct control control_kit; /* initialised; control_kit_listen() makes its socket */
extern const struct control_handler control_kit_handler;
extern char control_kit_path[96];
extern char control_kit_logged[65536];		     /* all log lines */
extern char control_kit_done[256];		     /* what the handler was asked for */
extern size_t control_kit_status_size;		     /* bytes of filling in a status */
extern char control_kit_text[CONTROL_KIT_REPLY_MAX]; /* the last reply */

/* Fixtures. */
void control_kit_setup(void);
void control_kit_teardown(void);

void control_kit_listen(void);

/* Turns the ring for so long, or until fd can be read. */
bool control_kit_turn(int fd, unsigned ms);

int control_kit_open(void);

/* Sends a text with its NUL. */
void control_kit_call(int fd, const char *text);

/* The next reply, "" at the end of the connection, "nothing" when none comes within ms. */
const char *control_kit_reply_within(int fd, unsigned ms);
const char *control_kit_reply(int fd);
