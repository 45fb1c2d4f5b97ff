/* SPDX-License-Identifier: MIT */
#include "upstream/node/node_proxy.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* As in a URL (RFC 3986): all but unreserved characters by their numbers. */
static size_t node_proxy_escape(char *ret, size_t size, const char *text)
{
	size_t n = 0;

	for (const char *c = text; *c && n + 4 < size; c++)
		if (isalnum((unsigned char)*c) || strchr("-._~", *c))
			ret[n++] = *c;
		else
			n += (size_t)snprintf(ret + n, 4, "%%%02X", (unsigned char)*c);
	ret[n] = '\0';
	return n;
}

void node_proxy_url(char ret[NODE_PROXY_MAX], const struct conf_proxy *proxy)
{
	char user[3 * CONF_TEXT_MAX + 1], password[3 * CONF_TEXT_MAX + 1];
	bool literal = strchr(proxy->host, ':') != NULL;

	ret[0] = '\0';
	if (!proxy->host[0])
		return;
	node_proxy_escape(user, sizeof(user), proxy->user);
	node_proxy_escape(password, sizeof(password), proxy->password);
	snprintf(ret, NODE_PROXY_MAX, "socks5h://%s%s%s%s%s%s%s:%u", user, user[0] ? ":" : "",
		 password, user[0] ? "@" : "", literal ? "[" : "", proxy->host, literal ? "]" : "",
		 proxy->port);
}
