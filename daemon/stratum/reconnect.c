/* SPDX-License-Identifier: MIT */
#include "stratum/reconnect.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static bool reconnect_is_address(const char *host)
{
	struct in6_addr address;

	return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

/* The domain of a host, or NULL where it has none that one owner is likely to have for himself. */
static const char *reconnect_domain(const char *host)
{
	const char *first = strchr(host, '.'), *second;

	if (!first)
		return NULL;
	second = strchr(first + 1, '.');
	if (!second)
		return host; /* two labels: they are the domain */
	/* "co.uk", "com.au": under these everybody may register. */
	if (!strchr(second + 1, '.') && second - first <= 4 && strlen(second + 1) == 2)
		return host;
	return first + 1;
}

bool reconnect_allowed(const char *configured, const char *wanted)
{
	const char *domain;
	size_t n, room;

	if (strcasecmp(configured, wanted) == 0)
		return true;
	if (reconnect_is_address(configured) || reconnect_is_address(wanted))
		return false;
	domain = reconnect_domain(configured);
	if (!domain)
		return false;
	n = strlen(wanted);
	room = strlen(domain);
	if (n == room)
		return strcasecmp(wanted, domain) == 0;
	return n > room && wanted[n - room - 1] == '.' &&
	       strcasecmp(wanted + n - room, domain) == 0;
}
