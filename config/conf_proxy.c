/* SPDX-License-Identifier: MIT */
#include "config/conf_proxy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/container.h"
#include "common/hex.h"
#include "config/conf_url.h"

/* In curl the "h" says that the proxy looks names up; here it always does. */
static const char *const conf_proxy_schemes[] = {"socks5://", "socks5h://"};

/* The rest after the scheme, or NULL. */
static const char *conf_proxy_rest(const char *url)
{
	for (size_t i = 0; i < ARRAY_SIZE(conf_proxy_schemes); i++) {
		size_t n = strlen(conf_proxy_schemes[i]);

		if (strncasecmp(url, conf_proxy_schemes[i], n) == 0)
			return url + n;
	}
	return NULL;
}

/*
 * Decodes a user or a password: percent-encoding (RFC 3986, section 2.1), 1 to 255 bytes as in RFC
 * 1929, none of them NUL.
 */
static bool conf_proxy_decode(char ret[CONF_TEXT_MAX + 1], const char *text, size_t n)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t byte = (uint8_t)text[i];

		if (byte == '%') {
			if (n - i < 3 || !hex_decode(&byte, 1, text + i + 1) || !byte)
				return false;
			i += 2;
		}
		if (used == CONF_TEXT_MAX)
			return false;
		ret[used++] = (char)byte;
	}
	ret[used] = '\0';
	return used > 0;
}

const char *conf_proxy_parse(struct conf_proxy *ret, const char *url)
{
	const char *rest = conf_proxy_rest(url), *at, *colon, *wrong;
	struct conf_proxy parsed = {};

	if (!rest)
		return "it does not begin with a known scheme; write socks5://HOST:PORT";
	/* The last @, as in curl: a password may have others, and a host may not. */
	at = strrchr(rest, '@');
	if (at) {
		colon = memchr(rest, ':', (size_t)(at - rest));
		if (!colon || !conf_proxy_decode(parsed.user, rest, (size_t)(colon - rest)) ||
		    !conf_proxy_decode(parsed.password, colon + 1, (size_t)(at - colon - 1)))
			return "before the @ must stand USER:PASSWORD, each of 1 to 255 bytes, "
			       "with %40 for @, %3A for : and %25 for %";
		rest = at + 1;
	}
	wrong = conf_url_place(parsed.host, &parsed.port, rest);
	if (!wrong)
		*ret = parsed;
	return wrong;
}

bool conf_proxy_equal(const struct conf_proxy *a, const struct conf_proxy *b)
{
	return strcmp(a->host, b->host) == 0 && a->port == b->port &&
	       strcmp(a->user, b->user) == 0 && strcmp(a->password, b->password) == 0;
}
