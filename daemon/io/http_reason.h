/* SPDX-License-Identifier: MIT */
#pragma once

/* Why a request of HTTP has no reply, in words for the operator. Any thread. */
#include <stdbool.h>

enum {
	HTTP_REASON_MAX = 256, /* bytes of why a request failed, and a NUL */
	HTTP_HOST_MAX = 256,   /* of a server's name or address, and a NUL */
	HTTP_SERVER_MAX = HTTP_HOST_MAX + 8,
};

/* Whom messages name. */
struct http_names {
	char host[HTTP_HOST_MAX];     /* an IPv6 address without its brackets */
	char server[HTTP_SERVER_MAX]; /* "HOST:PORT" */
	char proxy[HTTP_SERVER_MAX];  /* the same without its password; "": none */
	bool secure;		      /* https */
};

/*
 * proxy: NULL or a URL. -EINVAL: one of them is no URL, has no host or a longer one, or url is
 * neither of http nor of https; -ENOMEM.
 */
int http_names_parse(struct http_names *names, const char *url, const char *proxy);

/* Why http_init() failed with this error. */
const char *http_refusal(int error);

/* How a request ended, and what it was given, s; 0: no limit. */
struct http_failure {
	int code;   /* a CURLcode other than CURLE_OK */
	void *easy; /* libcurl's */
	const struct http_names *names;
	const char *detail;   /* libcurl's words, with bytes of the peer; may be "" */
	const char *tls;      /* why a certificate was refused, or "" */
	const char *rejected; /* why this end ended the reply, or NULL */
	unsigned timeout, connect_timeout;
};

/* ret_refused: nobody listens there. ret may be failure->detail. */
void http_reason(const struct http_failure *failure, char ret[HTTP_REASON_MAX], bool *ret_refused);
