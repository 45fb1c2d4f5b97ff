/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A line of Stratum v1 to a struct and back. Pure and total: any bytes go in, a message or
 * MESSAGE_INVALID with a reason comes out; nothing of it is trusted further than its type and size.
 * Hexadecimal texts are views into the message and are decoded by who needs them. Any one thread.
 */
#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bitcoin/job.h"

enum {
	MESSAGE_DEPTH_MAX = 16,	 /* JSON nesting */
	MESSAGE_TEXT_MAX = 512,	 /* characters of what a person may read of a peer's text */
	MESSAGE_SIZE_MAX = 8192, /* bytes of a line that we send */
	MESSAGE_HOST_MAX = 255,
	MESSAGE_PING_ID_MAX = 128, /* characters of an id that is echoed */
};

enum message_result {
	MESSAGE_OK,
	MESSAGE_INVALID, /* not a message, or one whose parameters make no sense */
};

enum message_kind {
	MESSAGE_REPLY,
	MESSAGE_NOTIFY,
	MESSAGE_SET_DIFFICULTY,
	MESSAGE_SET_EXTRANONCE,
	MESSAGE_SET_VERSION_MASK,
	MESSAGE_PING,
	MESSAGE_RECONNECT,
	MESSAGE_GET_VERSION,
	MESSAGE_SHOW_MESSAGE,
	MESSAGE_UNKNOWN, /* a method that we do not know */
};

/*
 * A text inside the message or the line: valid while both are. NUL-terminated in all messages but
 * MESSAGE_NOTIFY.
 */
struct message_text {
	const char *data;
	size_t size;
};

struct message_notify {
	struct message_text id;	      /* at most JOB_ID_MAX */
	struct message_text prevhash; /* 64 characters */
	struct message_text coinb1, coinb2;
	struct message_text branches[JOB_BRANCHES_MAX]; /* 64 characters each */
	size_t n_branches;
	struct message_text version, nbits, ntime;
	bool clean;
};

/* The error of a reply in any of its shapes. */
struct message_error {
	bool given;    /* the error says something: [], {}, "" and 0 do not */
	bool rejected; /* that, or the result is false or null: a share was not accepted */
	int64_t code;  /* 0 when none was given */
	const char *text;
};

struct message {
	struct json_object *root;
	enum message_kind kind;
	const char *method; /* of MESSAGE_UNKNOWN */
	/* The id as JSON text, "null" when absent: what an answer has to carry. */
	const char *id_text;
	int64_t id; /* of a reply: the number, or -1 for none that can be ours */
	union {
		struct {
			struct json_object *result; /* borrowed, may be NULL */
			struct message_error error;
		} reply;
		struct message_notify notify;
		double difficulty; /* finite, above 0 */
		struct {
			struct message_text extranonce1;
			int64_t extranonce2_size; /* -1: not given */
		} extranonce;
		uint32_t version_mask;
		struct {
			struct message_text host; /* empty: the same server */
			unsigned port;		  /* 0: the same port */
			unsigned wait;		  /* s */
		} reconnect;
		struct message_text text; /* of MESSAGE_SHOW_MESSAGE */
	};
};

#define MESSAGE_NULL ((struct message){})

/*
 * Takes the first message off a line; line[n] is NUL, and the line has to stay while the message is
 * used. *ret_used is how many bytes it took with the blanks behind it: less than n where another
 * message stands on the same line. What stands before a message without harm (blanks, NUL bytes, a
 * byte order mark) is skipped, and *ret_note says so, which is NULL for a message as it should
 * be.
 *
 * MESSAGE_INVALID: *ret_note says why, a constant text. Of ret only the kind is set: what was
 * meant, MESSAGE_UNKNOWN where nobody can say. -ENOMEM: ret holds no
 * message.
 */
int message_parse(struct message *ret, const char *line, size_t n, size_t *ret_used,
		  const char **ret_note);

void message_deinit(struct message *message);

/*
 * What the reply to mining.subscribe holds. NULL, or what is wrong with it; "": it is a refusal.
 * *ret_id is the subscription's to mining.notify, empty where the pool names none.
 */
const char *message_subscribed(const struct message *reply, struct message_text *ret_id,
			       struct message_text *ret_extranonce1, int64_t *ret_extranonce2_size);
/* Whether version rolling was granted, be it of no bit for now; else *ret_mask is 0. */
bool message_configured(const struct message *reply, uint32_t *ret_mask);
/* mining.authorize is refused by false or by an error; p2pool accepts with null and null. */
bool message_authorized(const struct message *reply);
