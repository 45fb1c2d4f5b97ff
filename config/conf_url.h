/* SPDX-License-Identifier: MIT */
#pragma once

/* A pool's URL taken apart. Pure; any thread. */
#include "config/conf.h"

enum {
	CONF_URL_MAX = 512,		     /* characters */
	CONF_PLACE_MAX = CONF_HOST_MAX + 16, /* bytes of "[HOST]:PORT" and its NUL */
};

struct conf_url {
	enum conf_transport transport;
	char host[CONF_HOST_MAX + 1]; /* an IPv6 literal without its brackets */
	unsigned port;
};

/* NULL, or what is wrong and what would be right; then ret is untouched. */
const char *conf_url_parse(struct conf_url *ret, const char *url);

/* Parses text as HOST:PORT, an IPv6 address in brackets. Results as above. */
const char *conf_url_place(char ret_host[CONF_HOST_MAX + 1], unsigned *ret_port, const char *text);

/* Whether what is sent to a host does not leave this machine. */
bool conf_url_is_loopback(const char *host);

/* Writes "HOST:PORT", an IPv6 address in brackets. Returns ret. */
char *conf_url_text(char ret[CONF_PLACE_MAX], const char *host, unsigned port);
