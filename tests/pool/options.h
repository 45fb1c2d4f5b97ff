/* SPDX-License-Identifier: MIT */
#pragma once

/* The command line of testpool; options.c holds the text of --help, which explains each. */
#include <stdbool.h>
#include <stdint.h>

enum configure_answer {
	CONFIGURE_GRANT,
	CONFIGURE_SILENT,
	CONFIGURE_CLOSE,
	CONFIGURE_REFUSE,
};

enum first_job {
	FIRST_AFTER_AUTHORIZE,
	FIRST_BEFORE_AUTHORIZE_REPLY,
	FIRST_AFTER_SUBSCRIBE,
	FIRST_BEFORE_SUBSCRIBE_REPLY,
};

enum suggest_answer {
	SUGGEST_HONOUR,
	SUGGEST_LATE, /* only after authorize, as some do */
	SUGGEST_IGNORE,
};

/* How a refusal is written: stratum has no one form. */
enum error_form {
	ERROR_ARRAY,  /* [code,"text",null] */
	ERROR_PAIR,   /* [code,"text"] */
	ERROR_OBJECT, /* {"code":..,"message":..} */
	ERROR_STRING, /* "text" */
	ERROR_REASON, /* result false, "reject-reason" beside it */
	ERROR_FORMS,
};

struct options {
	const char *host;
	unsigned port;
	double difficulty;
	uint32_t version_mask; /* 0: none is granted */
	unsigned extranonce1_size, extranonce2_size;
	unsigned branches, coinbase_size, coinbase_lead;
	double job_interval, block_interval; /* s, 0: only on command */
	const char *payout;		     /* "SCRIPT:PERCENT", or NULL */
	uint32_t job_version, nbits, ntime;  /* ntime 0: the time of day */
	unsigned height;
	enum configure_answer configure;
	enum first_job first_job;
	enum error_form error_form;
	unsigned split;	       /* bytes a write, 0: all */
	unsigned delay_ms;     /* of every reply */
	unsigned initialising; /* subscribe requests answered with "Initialising" */
	double seconds;	       /* to run, 0: until it gets a signal */
	enum suggest_answer suggest;
	const char *odd_line; /* goes out before each job; or NULL */
	const char *close_on; /* the connection ends with a request of this method; or NULL */
	bool crlf, unpadded, odd, resume;
	bool close_on_accept, refuse_user, no_extranonce_reply;
	bool authorize_null;	 /* a login is granted by null and null */
	bool empty_error;	 /* what is granted has the error [] beside it */
	bool difficulty_at_once; /* it holds for the shares of older jobs too */
	bool keep_work;		 /* a block does not change the work */
	bool block_notify_first; /* the new work is sent before the reply to the block's share */
	bool trace, quiet, human, exit_on_eof;
	bool no_events; /* not even the JSON of one is made; only for a program that calls the pool
			 */
};

enum options_result { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_USAGE };

/* Those of the program without arguments. */
void options_default(struct options *ret);

enum options_result options_parse(struct options *ret, int argc, char **argv);

void options_help(void);

/* A form's name; false: no such. */
bool options_error_form(enum error_form *ret, const char *name);
