/* SPDX-License-Identifier: MIT */
#pragma once

/* The commands that a test gives on stdin while the pool runs; testpool --help lists them. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"

enum silence { SILENCE_NONE, SILENCE_ALL, SILENCE_JOBS, SILENCE_REPLIES, SILENCE_VERDICTS };

enum { SCRIPT_TEXT_MAX = 200 };

/* What commands have set. */
struct script {
	enum silence silence;
	unsigned delay_ms; /* of replies */
	unsigned lag_ms;   /* of every line */
	bool lose;	   /* submits, as if they had never arrived */
	unsigned rejects;  /* still to come */
	int reject_code;
	char reject_text[SCRIPT_TEXT_MAX];
	enum error_form error_form;
	unsigned initialising;
};

struct testpool;

/* line[n] is a NUL; the line is changed. false: a mistake, which is the event "mistake", too. */
bool script_command(struct testpool *pool, char *line, size_t n);
