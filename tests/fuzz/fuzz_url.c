/* SPDX-License-Identifier: MIT */
/*
 * config/conf_url and conf_proxy: any text is a place that can be written and is read back the
 * same, or is refused with a reason that has nothing of the text, and then nothing was written.
 */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/conf_proxy.h"
#include "config/conf_url.h"
#include "fuzz.h"

enum { UNTOUCHED = 0x5a };

static bool is_untouched(const void *bytes, size_t n)
{
	const uint8_t *byte = bytes;

	for (size_t i = 0; i < n; i++)
		if (byte[i] != UNTOUCHED)
			return false;
	return true;
}

/* A reason is a constant text. */
static void check_reason(const char *reason, const char *text)
{
	assert(*reason && (reason < text || reason > text + strlen(text)));
}

static void check_place(const char *host, unsigned port)
{
	char text[CONF_PLACE_MAX], again[CONF_HOST_MAX + 1];
	unsigned again_port;

	assert(*host && strlen(host) <= CONF_HOST_MAX && port > 0 && port <= 65535);
	for (const char *c = host; *c; c++)
		assert(isgraph((unsigned char)*c) || strchr(host, '%'));
	conf_url_text(text, host, port);
	assert(!conf_url_place(again, &again_port, text));
	assert(strcmp(host, again) == 0 && port == again_port);
}

static void check_url(const char *text)
{
	char whole[CONF_PLACE_MAX], longer[CONF_PLACE_MAX + 16];
	static const char *const schemes[] = {
		[CONF_TRANSPORT_TCP] = "stratum+tcp://",
		[CONF_TRANSPORT_TLS] = "stratum+tls://",
		[CONF_TRANSPORT_HTTP] = "http://",
		[CONF_TRANSPORT_HTTPS] = "https://",
	};
	struct conf_url url, again;
	const char *reason;

	memset(&url, UNTOUCHED, sizeof(url));
	reason = conf_url_parse(&url, text);
	if (reason) {
		check_reason(reason, text);
		assert(is_untouched(&url, sizeof(url)));
		return;
	}
	check_place(url.host, url.port);
	snprintf(longer, sizeof(longer), "%s%s", schemes[url.transport],
		 conf_url_text(whole, url.host, url.port));
	assert(!conf_url_parse(&again, longer));
	assert(again.transport == url.transport && again.port == url.port);
	assert(strcmp(again.host, url.host) == 0);
}

static void check_proxy(const char *text)
{
	struct conf_proxy proxy;
	const char *reason;

	memset(&proxy, UNTOUCHED, sizeof(proxy));
	reason = conf_proxy_parse(&proxy, text);
	if (reason) {
		check_reason(reason, text);
		assert(is_untouched(&proxy, sizeof(proxy)));
		return;
	}
	check_place(proxy.host, proxy.port);
	assert(strlen(proxy.user) <= CONF_TEXT_MAX && strlen(proxy.password) <= CONF_TEXT_MAX);
	assert(!proxy.user[0] == !proxy.password[0]);
	assert(conf_proxy_equal(&proxy, &proxy));
}

static void check_bare(const char *text)
{
	char host[CONF_HOST_MAX + 1];
	unsigned port = 0;
	const char *reason;

	memset(host, UNTOUCHED, sizeof(host));
	reason = conf_url_place(host, &port, text);
	if (!reason) {
		check_place(host, port);
		return;
	}
	check_reason(reason, text);
	assert(is_untouched(host, sizeof(host)) && port == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	check_url(text);
	check_proxy(text);
	check_bare(text);
	free(text);
	return 0;
}
