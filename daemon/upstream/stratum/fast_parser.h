/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * mining.notify as all servers write it, read where it lies: no tree of objects, no copies. It
 * knows just enough of RFC 8259 for that one message and leaves every other line, and each oddity
 * in this one (escapes, repeated or unknown keys, other types), to json-c: what both take, they
 * take alike. Pure; any one thread.
 */
#include <stdbool.h>
#include <stddef.h>

struct message_notify;

/*
 * Texts in ret are views into line, without a NUL behind them, of sizes that the caller has to
 * check. false: not for this parser, ret is undefined.
 */
bool fast_parser_notify(struct message_notify *ret, const char *line, size_t n);
