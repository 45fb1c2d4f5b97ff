/* SPDX-License-Identifier: MIT */
/* Lines are short and of fixed shape: they are printed, not built as objects. */
#include "upstream/stratum/compose.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/hex.h"

enum {
	/* Every character may become \u00XX. */
	COMPOSE_TEXT_MAX = 6 * 256 + 1,
};

/* A JSON string's inside, RFC 8259 section 7. What exceeds the room is an empty text. */
static const char *compose_quote(char ret[COMPOSE_TEXT_MAX], const char *text)
{
	size_t used = 0;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (used + 7 > COMPOSE_TEXT_MAX) {
			ret[0] = '\0';
			return ret;
		}
		if (c == '"' || c == '\\')
			ret[used++] = '\\';
		if (c < 0x20)
			used += (size_t)snprintf(ret + used, 7, "\\u%04x", c);
		else
			ret[used++] = (char)c;
	}
	ret[used] = '\0';
	return ret;
}

__attribute__((format(printf, 3, 4))) static size_t compose(char *ret, size_t size,
							    const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(ret, size, format, args);
	va_end(args);
	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

size_t compose_configure(char *ret, size_t size, uint32_t id)
{
	return compose(ret, size,
		       "{\"id\":%" PRIu32 ",\"method\":\"mining.configure\",\"params\":"
		       "[[\"version-rolling\"],{\"version-rolling.mask\":\"%08" PRIx32 "\","
		       "\"version-rolling.min-bit-count\":1}]}\n",
		       id, COMPOSE_VERSION_MASK);
}

size_t compose_subscribe(char *ret, size_t size, uint32_t id, const char *user_agent,
			 const char *past)
{
	char agent[COMPOSE_TEXT_MAX], quoted[COMPOSE_TEXT_MAX];

	return compose(ret, size,
		       "{\"id\":%" PRIu32
		       ",\"method\":\"mining.subscribe\",\"params\":[\"%s\"%s%s%s]}\n",
		       id, compose_quote(agent, user_agent), *past ? ",\"" : "",
		       compose_quote(quoted, past), *past ? "\"" : "");
}

size_t compose_authorize(char *ret, size_t size, uint32_t id, const char *user,
			 const char *password)
{
	char quoted_user[COMPOSE_TEXT_MAX], quoted_password[COMPOSE_TEXT_MAX];

	return compose(
		ret, size,
		"{\"id\":%" PRIu32 ",\"method\":\"mining.authorize\",\"params\":[\"%s\",\"%s\"]}\n",
		id, compose_quote(quoted_user, user), compose_quote(quoted_password, password));
}

size_t compose_extranonce_subscribe(char *ret, size_t size, uint32_t id)
{
	return compose(ret, size,
		       "{\"id\":%" PRIu32
		       ",\"method\":\"mining.extranonce.subscribe\",\"params\":[]}\n",
		       id);
}

size_t compose_suggest_difficulty(char *ret, size_t size, uint32_t id, double difficulty)
{
	char number[32];

	if (difficulty >= 1)
		snprintf(number, sizeof(number), "%.0f", floor(difficulty));
	else
		snprintf(number, sizeof(number), "%.17g", difficulty);
	return compose(ret, size,
		       "{\"id\":%" PRIu32
		       ",\"method\":\"mining.suggest_difficulty\",\"params\":[%s]}\n",
		       id, number);
}

/*
 * A share leaves without printf(3), which costs microseconds when its code is not in the cache.
 * at: where the next bytes go, NULL for good once something did not fit.
 */
struct composer {
	char *at, *end;
};

static void composer_put(struct composer *composer, const char *text, size_t n)
{
	if (!composer->at || (size_t)(composer->end - composer->at) < n) {
		composer->at = NULL;
		return;
	}
	memcpy(composer->at, text, n);
	composer->at += n;
}

static void composer_text(struct composer *composer, const char *text)
{
	composer_put(composer, text, strlen(text));
}

static void composer_hex(struct composer *composer, uint32_t value)
{
	const uint8_t bytes[4] = {value >> 24, value >> 16, value >> 8, value};
	char digits[9];

	hex_encode(digits, bytes, sizeof(bytes));
	composer_put(composer, digits, 8);
}

static void composer_decimal(struct composer *composer, uint32_t value)
{
	char digits[10];
	size_t n = sizeof(digits);

	do
		digits[--n] = (char)('0' + value % 10);
	while (value /= 10);
	composer_put(composer, digits + n, sizeof(digits) - n);
}

size_t compose_submit(char *ret, size_t size, uint32_t id, const char *user,
		      const struct share *share)
{
	struct composer composer = {ret, ret + size - 1};
	char quoted[COMPOSE_TEXT_MAX], extranonce2[2 * JOB_EXTRANONCE2_MAX + 1];

	hex_encode(extranonce2, share->extranonce2, share->job->extranonce2_size);
	composer_text(&composer, "{\"id\":");
	composer_decimal(&composer, id);
	composer_text(&composer, ",\"method\":\"mining.submit\",\"params\":[\"");
	composer_text(&composer, compose_quote(quoted, user));
	composer_text(&composer, "\",\"");
	composer_text(&composer, compose_quote(quoted, share->job->id));
	composer_text(&composer, "\",\"");
	composer_text(&composer, extranonce2);
	composer_text(&composer, "\",\"");
	composer_hex(&composer, share->ntime);
	composer_text(&composer, "\",\"");
	composer_hex(&composer, share->nonce);
	if (share->job->version_bits) {
		composer_text(&composer, "\",\"");
		composer_hex(&composer, share->version & share->job->version_mask);
	}
	composer_text(&composer, "\"]}\n");
	if (!composer.at)
		return 0;
	*composer.at = '\0';
	return (size_t)(composer.at - ret);
}

size_t compose_pong(char *ret, size_t size, const char *id)
{
	return compose(ret, size, "{\"id\":%s,\"result\":\"pong\",\"error\":null}\n", id);
}

size_t compose_version(char *ret, size_t size, const char *id, const char *user_agent)
{
	char agent[COMPOSE_TEXT_MAX];

	return compose(ret, size, "{\"id\":%s,\"result\":\"%s\",\"error\":null}\n", id,
		       compose_quote(agent, user_agent));
}
