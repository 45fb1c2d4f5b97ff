/* SPDX-License-Identifier: MIT */
#include "config/conf_url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/container.h"

static const struct {
	const char *prefix;
	enum conf_transport transport;
} conf_schemes[] = {
	{"stratum+tcp://", CONF_TRANSPORT_TCP}, {"stratum+tls://", CONF_TRANSPORT_TLS},
	{"stratum+ssl://", CONF_TRANSPORT_TLS}, {"stratum+tcps://", CONF_TRANSPORT_TLS},
	{"http://", CONF_TRANSPORT_HTTP},	{"https://", CONF_TRANSPORT_HTTPS},
};

/* NULL or what is wrong; *ret_rest is what follows the scheme. */
static const char *conf_url_scheme(enum conf_transport *ret, const char *url, const char **ret_rest)
{
	for (size_t i = 0; i < ARRAY_SIZE(conf_schemes); i++) {
		size_t n = strlen(conf_schemes[i].prefix);

		if (strncasecmp(url, conf_schemes[i].prefix, n) != 0)
			continue;
		*ret = conf_schemes[i].transport;
		*ret_rest = url + n;
		return NULL;
	}
	if (!strstr(url, "://"))
		return "it has no scheme; write stratum+tcp://HOST:PORT or "
		       "stratum+tls://HOST:PORT, "
		       "or http://HOST:PORT for a node";
	return "its scheme is not known; write stratum+tcp://HOST:PORT or stratum+tls://HOST:PORT, "
	       "or http://HOST:PORT for a node";
}

static const char *conf_url_port(unsigned *ret, const char *text)
{
	unsigned port = 0;

	for (const char *c = text; *c && c < text + 6; c++) {
		if (!isdigit((unsigned char)*c))
			return "its port is not a number; write HOST:PORT, as in "
			       "pool.example.org:3333";
		port = port * 10 + (unsigned)(*c - '0');
	}
	if (port < 1 || port > 65535)
		return "its port is not within 1 to 65535";
	*ret = port;
	return NULL;
}

static bool conf_is_ipv6(const char *host)
{
	char address[INET6_ADDRSTRLEN];
	size_t n = strcspn(host, "%"); /* a zone may follow: RFC 4007, section 11 */
	struct in6_addr binary;

	if (n >= sizeof(address) || (host[n] == '%' && !host[n + 1]))
		return false;
	memcpy(address, host, n);
	address[n] = '\0';
	return inet_pton(AF_INET6, address, &binary) == 1;
}

static bool conf_is_name(const char *host)
{
	if (host[0] == '.' || host[0] == '-' || strstr(host, ".."))
		return false;
	for (const char *c = host; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-._", *c))
			return false;
	return true;
}

const char *conf_url_place(char ret_host[CONF_HOST_MAX + 1], unsigned *ret_port, const char *text)
{
	const char *end, *after, *wrong;
	char host[CONF_HOST_MAX + 1] = "", port[8] = "";
	bool literal = text[0] == '[';
	size_t n = strcspn(text, "/?#");

	if (text[n] && strcmp(text + n, "/") != 0)
		return "nothing may follow the port";
	end = literal ? memchr(text, ']', n) : memchr(text, ':', n);
	if (literal && !end)
		return "the ] after the IPv6 address is missing";
	after = literal ? end + 1 : end;
	if (!after || *after != ':' || after + 1 == text + n)
		return "it has no port; write HOST:PORT, as in pool.example.org:3333";
	if (!literal && memchr(after + 1, ':', (size_t)(text + n - after - 1)))
		return "an IPv6 address stands in brackets, as in [2001:db8::1]:3333";
	text += literal;
	if (end == text || end - text > CONF_HOST_MAX)
		return "its host is empty or longer than 255 characters";
	memcpy(host, text, (size_t)(end - text));
	if (literal ? !conf_is_ipv6(host) : !conf_is_name(host))
		return literal ? "the address in brackets is not an IPv6 address"
			       : "its host is neither a name nor an address";
	n = strcspn(after, "/");
	if (n > 6)
		return "its port is not within 1 to 65535";
	memcpy(port, after + 1, n - 1);
	wrong = conf_url_port(ret_port, port);
	if (!wrong)
		memcpy(ret_host, host, sizeof(host));
	return wrong;
}

const char *conf_url_parse(struct conf_url *ret, const char *url)
{
	struct conf_url parsed = {};
	const char *rest, *wrong;

	wrong = conf_url_scheme(&parsed.transport, url, &rest);
	if (wrong)
		return wrong;
	if (strchr(rest, '@'))
		return "user and password have keys of their own; write user = \"..\"; password = "
		       "\"..\"";
	if (conf_is_node(parsed.transport) && strstr(rest, "/wallet/"))
		return "mining needs no wallet; end the url after the port, and name the address "
		       "that blocks pay as payout.address";
	wrong = conf_url_place(parsed.host, &parsed.port, rest);
	if (!wrong)
		*ret = parsed;
	return wrong;
}

bool conf_url_is_loopback(const char *host)
{
	static const char zone[] = ".localhost"; /* RFC 6761, section 6.3 */
	size_t n = strlen(host);
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &six) == 1)
		return IN6_IS_ADDR_LOOPBACK(&six);
	return strcasecmp(host, zone + 1) == 0 ||
	       (n >= sizeof(zone) && strcasecmp(host + n - strlen(zone), zone) == 0);
}

char *conf_url_text(char ret[CONF_PLACE_MAX], const char *host, unsigned port)
{
	snprintf(ret, CONF_PLACE_MAX, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port);
	return ret;
}
