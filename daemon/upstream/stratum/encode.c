/* SPDX-License-Identifier: MIT */
/* Lines are short and of fixed shape: they are printed, not built as objects. */
#include "upstream/stratum/encode.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/hex.h"
#include "common/hot.h"

enum {
	/* Every character may become \u00XX. */
	ENCODE_TEXT_MAX = 6 * 256 + 1,
};

/* A JSON string's inside, RFC 8259 section 7. What exceeds the room is an empty text. */
HOT_SHARE static const char *encode_quote(char ret[ENCODE_TEXT_MAX], const char *text)
{
	size_t used = 0;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (used + 7 > ENCODE_TEXT_MAX) {
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

__attribute__((format(printf, 3, 4))) static size_t encode_print(char *ret, size_t size,
								 const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(ret, size, format, args);
	va_end(args);
	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

size_t encode_configure(char *ret, size_t size, uint32_t id)
{
	return encode_print(ret, size,
			    "{\"id\":%" PRIu32 ",\"method\":\"mining.configure\",\"params\":"
			    "[[\"version-rolling\"],{\"version-rolling.mask\":\"%08" PRIx32 "\","
			    "\"version-rolling.min-bit-count\":1}]}\n",
			    id, ENCODE_VERSION_MASK);
}

size_t encode_subscribe(char *ret, size_t size, uint32_t id, const char *user_agent,
			const char *past)
{
	char agent[ENCODE_TEXT_MAX], quoted[ENCODE_TEXT_MAX];

	return encode_print(ret, size,
			    "{\"id\":%" PRIu32
			    ",\"method\":\"mining.subscribe\",\"params\":[\"%s\"%s%s%s]}\n",
			    id, encode_quote(agent, user_agent), *past ? ",\"" : "",
			    encode_quote(quoted, past), *past ? "\"" : "");
}

size_t encode_authorize(char *ret, size_t size, uint32_t id, const char *user, const char *password)
{
	char quoted_user[ENCODE_TEXT_MAX], quoted_password[ENCODE_TEXT_MAX];

	return encode_print(
		ret, size,
		"{\"id\":%" PRIu32 ",\"method\":\"mining.authorize\",\"params\":[\"%s\",\"%s\"]}\n",
		id, encode_quote(quoted_user, user), encode_quote(quoted_password, password));
}

size_t encode_extranonce_subscribe(char *ret, size_t size, uint32_t id)
{
	return encode_print(ret, size,
			    "{\"id\":%" PRIu32
			    ",\"method\":\"mining.extranonce.subscribe\",\"params\":[]}\n",
			    id);
}

size_t encode_suggest_difficulty(char *ret, size_t size, uint32_t id, double difficulty)
{
	char number[32];

	if (difficulty >= 1)
		snprintf(number, sizeof(number), "%.0f", floor(difficulty));
	else
		snprintf(number, sizeof(number), "%.17g", difficulty);
	return encode_print(ret, size,
			    "{\"id\":%" PRIu32
			    ",\"method\":\"mining.suggest_difficulty\",\"params\":[%s]}\n",
			    id, number);
}

/*
 * A share leaves without printf(3), which costs microseconds when its code is not in the cache.
 * at: where the next bytes go, NULL for good once something did not fit.
 */
struct encoder {
	char *at, *end;
};

HOT_SHARE static void encoder_put(struct encoder *encoder, const char *text, size_t n)
{
	if (!encoder->at || (size_t)(encoder->end - encoder->at) < n) {
		encoder->at = NULL;
		return;
	}
	memcpy(encoder->at, text, n);
	encoder->at += n;
}

HOT_SHARE static void encoder_text(struct encoder *encoder, const char *text)
{
	encoder_put(encoder, text, strlen(text));
}

HOT_SHARE static void encoder_hex(struct encoder *encoder, uint32_t value)
{
	const uint8_t bytes[4] = {value >> 24, value >> 16, value >> 8, value};
	char digits[9];

	hex_encode(digits, bytes, sizeof(bytes));
	encoder_put(encoder, digits, 8);
}

HOT_SHARE static void encoder_decimal(struct encoder *encoder, uint32_t value)
{
	char digits[10];
	size_t n = sizeof(digits);

	do
		digits[--n] = (char)('0' + value % 10);
	while (value /= 10);
	encoder_put(encoder, digits + n, sizeof(digits) - n);
}

HOT_SHARE size_t encode_submit(char *ret, size_t size, uint32_t id, const char *user,
			       const struct share *share, bool version_bits)
{
	struct encoder encoder = {ret, ret + size - 1};
	char quoted[ENCODE_TEXT_MAX], extranonce2[2 * JOB_EXTRANONCE2_MAX + 1];

	hex_encode(extranonce2, share->extranonce2, share->job->extranonce2_size);
	encoder_text(&encoder, "{\"id\":");
	encoder_decimal(&encoder, id);
	encoder_text(&encoder, ",\"method\":\"mining.submit\",\"params\":[\"");
	encoder_text(&encoder, encode_quote(quoted, user));
	encoder_text(&encoder, "\",\"");
	encoder_text(&encoder, encode_quote(quoted, share->job->id));
	encoder_text(&encoder, "\",\"");
	encoder_text(&encoder, extranonce2);
	encoder_text(&encoder, "\",\"");
	encoder_hex(&encoder, share->ntime);
	encoder_text(&encoder, "\",\"");
	encoder_hex(&encoder, share->nonce);
	if (version_bits) {
		encoder_text(&encoder, "\",\"");
		encoder_hex(&encoder, share->version & share->job->version_mask);
	}
	encoder_text(&encoder, "\"]}\n");
	if (!encoder.at)
		return 0;
	*encoder.at = '\0';
	return (size_t)(encoder.at - ret);
}

size_t encode_pong(char *ret, size_t size, const char *id)
{
	return encode_print(ret, size, "{\"id\":%s,\"result\":\"pong\",\"error\":null}\n", id);
}

size_t encode_version(char *ret, size_t size, const char *id, const char *user_agent)
{
	char agent[ENCODE_TEXT_MAX];

	return encode_print(ret, size, "{\"id\":%s,\"result\":\"%s\",\"error\":null}\n", id,
			    encode_quote(agent, user_agent));
}
