/* SPDX-License-Identifier: MIT */
/*
 * Invariant: in_size < wanted <= SOCKS_IN_MAX while an answer is awaited. Bytes are checked as soon
 * as they are received: a peer of another protocol may never send as many as an answer has.
 */
#include "io/socks.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/assert.h"
#include "common/container.h"

/* RFC 1928, sections 3 to 6, and RFC 1929, section 2. */
enum {
	SOCKS_VERSION = 5,
	SOCKS_METHOD_NONE = 0,
	SOCKS_METHOD_PASSWORD = 2,
	SOCKS_METHOD_REFUSED = 0xff,
	SOCKS_LOGIN_VERSION = 1,
	SOCKS_CONNECT = 1,
	SOCKS_IPV4 = 1,
	SOCKS_NAME = 3,
	SOCKS_IPV6 = 4,
	SOCKS_REPLY_HEAD = 5, /* up to where its length is known; none is shorter */
};

static bool socks_fail(struct socks *socks, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Returns true: a failure ends the wait for an answer. */
static bool socks_fail(struct socks *socks, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(socks->reason, sizeof(socks->reason), format, args);
	va_end(args);
	socks->state = SOCKS_FAILED;
	socks->out_size = socks->wanted = socks->in_size = 0;
	return true;
}

static void socks_put(struct socks *socks, const void *bytes, size_t n)
{
	memcpy(socks->out + socks->out_size, bytes, n);
	socks->out_size += n;
}

static void socks_put_byte(struct socks *socks, unsigned byte)
{
	socks->out[socks->out_size++] = (uint8_t)byte;
}

/* The length and the text: RFC 1928 and RFC 1929 encode names, users and passwords alike. */
static void socks_put_text(struct socks *socks, const char *text)
{
	size_t n = strlen(text);

	socks_put_byte(socks, (unsigned)n);
	socks_put(socks, text, n);
}

/* Begins a step: the message is empty, its answer has `wanted` bytes. */
static void socks_step(struct socks *socks, enum socks_state state, size_t wanted)
{
	socks->state = state;
	socks->out_size = socks->in_size = 0;
	socks->wanted = wanted;
}

/*
 * With a user no other method is offered. A proxy that ignores the password would not separate what
 * the user separates by it (such as circuits of Tor), and the user should know that.
 */
void socks_init(struct socks *socks, const struct socks_settings *settings)
{
	*socks = (struct socks){.settings = *settings};
	if (strlen(settings->host) > SOCKS_TEXT_MAX || strlen(settings->user) > SOCKS_TEXT_MAX ||
	    strlen(settings->password) > SOCKS_TEXT_MAX) {
		socks_fail(socks, "cannot take a name, user or password longer than %d bytes",
			   SOCKS_TEXT_MAX);
		return;
	}
	socks_step(socks, SOCKS_METHOD, 2);
	socks_put_byte(socks, SOCKS_VERSION);
	socks_put_byte(socks, 1);
	socks_put_byte(socks, *settings->user ? SOCKS_METHOD_PASSWORD : SOCKS_METHOD_NONE);
}

static void socks_log_in(struct socks *socks)
{
	socks_step(socks, SOCKS_LOGIN, 2);
	socks_put_byte(socks, SOCKS_LOGIN_VERSION);
	socks_put_text(socks, socks->settings.user);
	socks_put_text(socks, socks->settings.password);
}

static void socks_request(struct socks *socks)
{
	const char *host = socks->settings.host;
	uint8_t address[sizeof(struct in6_addr)];

	socks_step(socks, SOCKS_REPLY, SOCKS_REPLY_HEAD);
	socks_put_byte(socks, SOCKS_VERSION);
	socks_put_byte(socks, SOCKS_CONNECT);
	socks_put_byte(socks, 0);
	if (inet_pton(AF_INET, host, address) == 1) {
		socks_put_byte(socks, SOCKS_IPV4);
		socks_put(socks, address, sizeof(struct in_addr));
	} else if (inet_pton(AF_INET6, host, address) == 1) {
		socks_put_byte(socks, SOCKS_IPV6);
		socks_put(socks, address, sizeof(struct in6_addr));
	} else {
		socks_put_byte(socks, SOCKS_NAME);
		socks_put_text(socks, host);
	}
	socks_put_byte(socks, socks->settings.port >> 8);
	socks_put_byte(socks, socks->settings.port & 0xff);
}

static bool socks_check_version(struct socks *socks)
{
	if (socks->in[0] == SOCKS_VERSION)
		return true;
	socks_fail(socks, "does not speak SOCKS5: its answer begins with 0x%02x", socks->in[0]);
	return false;
}

static bool socks_on_method(struct socks *socks)
{
	bool with_user = *socks->settings.user;

	if (!socks_check_version(socks))
		return true;
	if (socks->in_size < socks->wanted)
		return false;
	if (socks->in[1] == (with_user ? SOCKS_METHOD_PASSWORD : SOCKS_METHOD_NONE)) {
		if (with_user)
			socks_log_in(socks);
		else
			socks_request(socks);
		return true;
	}
	if (socks->in[1] != SOCKS_METHOD_REFUSED)
		return socks_fail(socks, "chose a method of login that was not offered, 0x%02x",
				  socks->in[1]);
	return socks_fail(socks,
			  with_user ? "takes no user and password" : "wants a user and a password");
}

/* Some proxies send version 5 in this answer, so only its second byte is checked. */
static bool socks_on_login(struct socks *socks)
{
	if (socks->in_size < socks->wanted)
		return false;
	if (socks->in[1])
		return socks_fail(socks, "refused the user and password");
	socks_request(socks);
	return true;
}

/* RFC 1928, section 6; from 0xf0 on Tor's own (its proposal 304, ExtendedErrors). */
static bool socks_refused(struct socks *socks)
{
	static const char *const reasons[] = {
		[0x01] = "general failure",
		[0x02] = "not allowed by its rules",
		[0x03] = "network unreachable",
		[0x04] = "host unreachable",
		[0x05] = "connection refused",
		[0x06] = "time to live expired",
		[0x07] = "command not supported",
		[0x08] = "kind of address not supported",
		[0xf0] = "onion service not found",
		[0xf1] = "onion service descriptor not valid",
		[0xf2] = "introduction to the onion service failed",
		[0xf3] = "rendezvous with the onion service failed",
		[0xf4] = "onion service wants a client key",
		[0xf5] = "onion service refused the client key",
		[0xf6] = "onion address not valid",
		[0xf7] = "introduction to the onion service timed out",
	};
	uint8_t code = socks->in[1];

	if (code < ARRAY_SIZE(reasons) && reasons[code])
		return socks_fail(socks, "says: %s", reasons[code]);
	return socks_fail(socks, "says: error 0x%02x", code);
}

/* The address that the proxy connects from is received and ignored. */
static bool socks_on_reply(struct socks *socks)
{
	if (!socks_check_version(socks))
		return true;
	if (socks->in_size >= 2 && socks->in[1])
		return socks_refused(socks);
	if (socks->in_size < socks->wanted)
		return false;
	if (socks->wanted == SOCKS_REPLY_HEAD) {
		switch (socks->in[3]) {
		case SOCKS_IPV4:
			socks->wanted = 4 + sizeof(struct in_addr) + 2;
			return false;
		case SOCKS_IPV6:
			socks->wanted = 4 + sizeof(struct in6_addr) + 2;
			return false;
		case SOCKS_NAME:
			socks->wanted = 4 + 1 + (size_t)socks->in[4] + 2;
			return false;
		default:
			return socks_fail(socks, "answered with an unknown kind of address, 0x%02x",
					  socks->in[3]);
		}
	}
	socks_step(socks, SOCKS_OPEN, 0);
	return true;
}

void *socks_space(struct socks *socks, size_t *ret_size)
{
	*ret_size = socks->wanted - socks->in_size;
	return socks->in + socks->in_size;
}

bool socks_received(struct socks *socks, size_t n)
{
	assert(n <= socks->wanted - socks->in_size);
	socks->in_size += n;
	if (n == 0)
		return false;
	switch (socks->state) {
	case SOCKS_METHOD:
		return socks_on_method(socks);
	case SOCKS_LOGIN:
		return socks_on_login(socks);
	case SOCKS_REPLY:
		return socks_on_reply(socks);
	case SOCKS_OPEN:
	case SOCKS_FAILED:
		break;
	}
	return true;
}
