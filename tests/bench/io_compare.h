/* SPDX-License-Identifier: MIT */
#pragma once

/* What the parts of io_compare share: see io_compare.c. Every failure ends the program. */
#include <stdbool.h>
#include <stddef.h>

enum {
	ANSWER_MAX = 256,  /* bytes of an answer */
	JOB_ID_DIGITS = 8, /* hex, the number of the round */
};

_Noreturn void io_fail(const char *what);

/*
 * What a client answers to a line: the size of a submit for a notify, written to ret with its end
 * of line; 0 for a reply, which is counted.
 */
size_t io_answer(char ret[ANSWER_MAX], const char *line);

/* The pool: so many rounds with the client that comes. */
void io_pool(unsigned long rounds, const char *host);
