/* SPDX-License-Identifier: MIT */
#include "upstream/stratum/reconnect.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <libpsl.h>
#include <string.h>
#include <strings.h>

#include "config/conf.h"

/*
 * A name in lower case and without the dot that may end it. false: an address, in any way that
 * getaddrinfo(3) takes one, or what no configuration could name.
 */
static bool reconnect_name(char ret[CONF_HOST_MAX + 1], const char *host)
{
	size_t n = strlen(host);
	struct in_addr address;

	n -= n && host[n - 1] == '.';
	if (n == 0 || n > CONF_HOST_MAX || host[n - 1] == '.')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)host[i]) && !strchr("-._", host[i]))
			return false;
		ret[i] = (char)tolower((unsigned char)host[i]);
	}
	ret[n] = '\0';
	return inet_aton(ret, &address) == 0;
}

bool reconnect_allowed(const char *configured, const char *wanted)
{
	char from[CONF_HOST_MAX + 1], to[CONF_HOST_MAX + 1];
	const char *domain, *other;

	if (strcasecmp(configured, wanted) == 0)
		return true;
	if (!reconnect_name(from, configured) || !reconnect_name(to, wanted))
		return false;
	if (strcmp(from, to) == 0)
		return true;
	domain = psl_registrable_domain(psl_builtin(), from);
	other = psl_registrable_domain(psl_builtin(), to);
	return domain && other && strcmp(domain, other) == 0;
}
