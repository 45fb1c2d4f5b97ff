/* SPDX-License-Identifier: MIT */
#include "io/http_reason.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/assert.h"
#include "common/escape.h"
#include "io/http_curl.h"

enum { HTTP_DETAIL_MAX = 128 /* bytes of libcurl's words and a NUL */ };

/* The part of a URL; false: there is none, or it does not fit. */
static bool http_names_part(CURLU *url, CURLUPart what, char *ret, size_t size)
{
	char *text;
	size_t n;

	if (http_curl()->url_get(url, what, &text, CURLU_DEFAULT_PORT))
		return false;
	n = strlen(text);
	if (n && n < size)
		memcpy(ret, text, n + 1);
	http_curl()->free(text);
	return n && n < size;
}

/* ret_server: "HOST:PORT"; ret_scheme: of 16 bytes. */
static int http_names_server(const char *text, char ret_server[HTTP_SERVER_MAX], char *ret_scheme)
{
	CURLU *url = http_curl()->url();
	char host[HTTP_HOST_MAX], port[8];
	bool ok;

	if (!url)
		return -ENOMEM;
	ok = !http_curl()->url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) &&
	     http_names_part(url, CURLUPART_SCHEME, ret_scheme, 16) &&
	     http_names_part(url, CURLUPART_HOST, host, sizeof(host)) &&
	     http_names_part(url, CURLUPART_PORT, port, sizeof(port));
	http_curl()->url_cleanup(url);
	if (!ok)
		return -EINVAL;
	snprintf(ret_server, HTTP_SERVER_MAX, "%s:%s", host, port);
	return 0;
}

int http_names_parse(struct http_names *names, const char *url, const char *proxy)
{
	char scheme[16];
	size_t begin, end;
	int r;

	*names = (struct http_names){};
	r = http_names_server(url, names->server, scheme);
	if (r < 0)
		return r;
	names->secure = strcmp(scheme, "https") == 0;
	if (!names->secure && strcmp(scheme, "http") != 0)
		return -EINVAL;
	begin = names->server[0] == '[';
	end = (size_t)(strrchr(names->server, ':') - names->server) - begin;
	memcpy(names->host, names->server + begin, end - begin);
	return proxy ? http_names_server(proxy, names->proxy, scheme) : 0;
}

const char *http_refusal(int error)
{
	switch (-error) {
	case ENOMEM:
		return "no memory for a connection";
	case ELIBACC:
		return "libcurl.so.4, which solo mining needs, is not loaded: install the package "
		       "libcurl4 (Fedora: libcurl), then reload or restart minerd";
	case ENOTSUP:
		return "this libcurl.so.4 was built without OpenSSL, which https:// needs: install "
		       "the package libcurl4 (Fedora: libcurl), then restart minerd";
	default:
		return strerror(-error);
	}
}

/* The limit that counts until there is a connection. */
static unsigned http_connect_limit(const struct http_failure *failure)
{
	unsigned limit = failure->connect_timeout;

	return failure->timeout && failure->timeout < limit ? failure->timeout : limit;
}

static bool http_has_passed(const struct http_failure *failure, CURLINFO phase)
{
	curl_off_t us = 0;

	return !http_curl()->easy_getinfo(failure->easy, phase, &us) && us > 0;
}

static void http_reason_timeout(const struct http_failure *failure, char *ret)
{
	const struct http_names *names = failure->names;
	unsigned connect = http_connect_limit(failure);
	long status = 0;

	http_curl_easy_getinfo(failure->easy, CURLINFO_RESPONSE_CODE, &status);
	if (!http_has_passed(failure, CURLINFO_NAMELOOKUP_TIME_T))
		snprintf(ret, HTTP_REASON_MAX, "no answer to the look-up of %.100s within %u s",
			 names->proxy[0] ? names->proxy : names->host, connect);
	else if (!http_has_passed(failure, CURLINFO_CONNECT_TIME_T))
		snprintf(ret, HTTP_REASON_MAX, "no connection to %.100s%s%.100s within %u s",
			 names->server, names->proxy[0] ? " by the proxy " : "", names->proxy,
			 connect);
	else if (names->secure && !http_has_passed(failure, CURLINFO_APPCONNECT_TIME_T))
		snprintf(ret, HTTP_REASON_MAX, "no TLS handshake with %.100s within %u s",
			 names->server, connect);
	else
		snprintf(ret, HTTP_REASON_MAX, "%s within %u s",
			 status ? "the reply was not complete" : "no reply", failure->timeout);
}

static void http_reason_connect(const struct http_failure *failure, const char *detail, char *ret,
				bool *ret_refused)
{
	const struct http_names *names = failure->names;
	long error = 0;

	http_curl_easy_getinfo(failure->easy, CURLINFO_OS_ERRNO, &error);
	*ret_refused = error == ECONNREFUSED && !names->proxy[0];
	if (error == ECONNREFUSED)
		snprintf(ret, HTTP_REASON_MAX, "connection refused: nothing listens at %s%.100s",
			 names->proxy[0] ? "the proxy " : "",
			 names->proxy[0] ? names->proxy : names->server);
	else
		snprintf(ret, HTTP_REASON_MAX, "no connection to %.100s: %s",
			 names->proxy[0] ? names->proxy : names->server,
			 error ? strerror((int)error) : detail);
}

/* A connection that broke, or what libcurl calls the same: bytes that are not HTTP. */
static void http_reason_broken(const struct http_failure *failure, const char *detail, char *ret)
{
	long error = 0;

	http_curl_easy_getinfo(failure->easy, CURLINFO_OS_ERRNO, &error);
	if (error)
		snprintf(ret, HTTP_REASON_MAX, "connection lost before the reply was complete: %s",
			 strerror((int)error));
	else
		snprintf(ret, HTTP_REASON_MAX, "invalid HTTP reply: %s", detail);
}

static void http_reason_tls(const struct http_names *names, const char *detail, char *ret)
{
	snprintf(ret, HTTP_REASON_MAX, "the TLS handshake with %.80s failed: %s%s", names->server,
		 detail, strstr(detail, "wrong version number") ? ": is it http://?" : "");
}

void http_reason(const struct http_failure *failure, char ret[HTTP_REASON_MAX], bool *ret_refused)
{
	const struct http_names *names = failure->names;
	char detail[HTTP_DETAIL_MAX];

	assert(failure->code != CURLE_OK);
	escape_text(detail, sizeof(detail), failure->detail, strlen(failure->detail));
	if (!detail[0])
		snprintf(detail, sizeof(detail), "%s", http_curl()->easy_strerror(failure->code));
	*ret_refused = false;
	if (failure->rejected) {
		snprintf(ret, HTTP_REASON_MAX, "%s", failure->rejected);
		return;
	}
	if (failure->tls[0] && (failure->code == CURLE_PEER_FAILED_VERIFICATION ||
				failure->code == CURLE_SSL_CONNECT_ERROR)) {
		snprintf(ret, HTTP_REASON_MAX, "TLS: %s", failure->tls);
		return;
	}
	switch (failure->code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		snprintf(ret, HTTP_REASON_MAX, "the name %.200s does not resolve", names->host);
		break;
	case CURLE_COULDNT_RESOLVE_PROXY:
		snprintf(ret, HTTP_REASON_MAX, "the name of the proxy %.200s does not resolve",
			 names->proxy);
		break;
	case CURLE_COULDNT_CONNECT:
		http_reason_connect(failure, detail, ret, ret_refused);
		break;
	case CURLE_PROXY:
		snprintf(ret, HTTP_REASON_MAX, "the proxy %.100s: %s", names->proxy, detail);
		break;
	case CURLE_OPERATION_TIMEDOUT:
		http_reason_timeout(failure, ret);
		break;
	case CURLE_GOT_NOTHING:
		snprintf(ret, HTTP_REASON_MAX, "the server closed the connection without a reply");
		break;
	case CURLE_PARTIAL_FILE:
		snprintf(ret, HTTP_REASON_MAX,
			 "the server closed the connection before the reply was complete");
		break;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		http_reason_broken(failure, detail, ret);
		break;
	case CURLE_UNSUPPORTED_PROTOCOL: /* what libcurl takes for HTTP/0.9, which is not allowed */
		snprintf(ret, HTTP_REASON_MAX,
			 "%.80s does not speak HTTP; is it the port of a node's RPC?",
			 names->server);
		break;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_BAD_CONTENT_ENCODING:
	case CURLE_HTTP2:
		snprintf(ret, HTTP_REASON_MAX, "invalid HTTP reply: %s", detail);
		break;
	case CURLE_SSL_CONNECT_ERROR:
		http_reason_tls(names, detail, ret);
		break;
	case CURLE_OUT_OF_MEMORY:
		snprintf(ret, HTTP_REASON_MAX, "out of memory");
		break;
	default:
		snprintf(ret, HTTP_REASON_MAX, "the request to %.80s failed: %s", names->server,
			 detail);
		break;
	}
}
