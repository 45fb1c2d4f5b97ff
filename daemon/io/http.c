/* SPDX-License-Identifier: MIT */
/*
 * Invariant: libcurl is called from functions of the owner, from completions and from the timer,
 * and calls back only what is static here and in http_socket.c and http_tls.c. None of these calls
 * the owner: done() follows when libcurl has returned.
 */
#include "io/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "io/http_curl.h"
#include "io/protocol_log.h"

enum {
	HTTP_BODY_FIRST = 4096,	  /* bytes of the buffer of a reply, then doubled */
	HTTP_RECEIVE = 64 * 1024, /* bytes that are received at once */
	HTTP_SEND = 64 * 1024,	  /* and sent */
};

/* The request is not under way any more. */
static void http_detach(struct http_request *request)
{
	struct http *http = request->http;
	struct http_request **where = &http->requests;

	while (*where != request)
		where = &(*where)->next;
	*where = request->next;
	if (http->multi)
		http_curl()->multi_remove_handle(http->multi, request->easy);
	request->http = NULL;
}

/* Frees what a request has while it is under way. */
static void http_release(struct http_request *request)
{
	http_curl()->easy_cleanup(TAKE(request->easy));
	free(TAKE(request->sent));
	free(TAKE(request->body));
}

/* CURLOPT_WRITEFUNCTION: n bytes of the reply. Another number than n ends the request. */
static size_t http_on_body(char *bytes, size_t one, size_t n, void *user)
{
	struct http_request *request = user;
	size_t room = request->room;
	char *body;

	if (n > request->max - request->size) {
		request->rejected = "the reply is larger than accepted";
		return 0;
	}
	while (room - request->size <= n)
		room *= 2;
	if (room != request->room) {
		body = realloc(request->body, room);
		if (!body) {
			request->rejected = "out of memory for the reply";
			return 0;
		}
		request->body = body;
		request->room = room;
	}
	memcpy(request->body + request->size, bytes, n);
	request->size += n;
	return n;
}

static void http_note_address(struct http *http, void *easy)
{
	char *ip = NULL;
	long port = 0;

	http_curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip);
	http_curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
	if (ip && ip[0])
		snprintf(http->address, sizeof(http->address),
			 strchr(ip, ':') ? "[%s]:%ld" : "%s:%ld", ip, port);
}

static void http_fail(struct http *http, struct http_request *request, CURLcode code,
		      struct http_reply *ret)
{
	const struct http_failure failure = {
		.code = code,
		.easy = request->easy,
		.names = &http->names,
		.detail = request->reason,
		.tls = http->tls.reason,
		.rejected = request->rejected,
		.timeout = request->timeout,
		.connect_timeout = http->settings.connect_timeout,
	};

	http_reason(&failure, request->reason, &ret->refused);
	http->tls.reason[0] = '\0';
	ret->error = request->reason;
}

static void http_finish(struct http *http, struct http_request *request, CURLcode code)
{
	struct http_reply reply = {};
	long status = 0;

	if (code != CURLE_OK) {
		http_fail(http, request, code, &reply);
	} else {
		http_note_address(http, request->easy);
		http_curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
		reply.status = (unsigned)status;
		reply.received_ns = http->settings.ring->now;
		reply.size = request->size;
		reply.body = TAKE(request->body);
		reply.body[reply.size] = '\0';
		if (http->settings.log)
			protocol_log(PROTOCOL_LOG_RECEIVED, http->settings.log, reply.body,
				     reply.size);
	}
	http_detach(request);
	http_release(request);
	request->done(request, &reply);
	free(reply.body);
}

/* Lets libcurl work at a socket, or at what its timer was for; then finishes what has ended. */
static void http_run(struct http *http, curl_socket_t fd, int ready)
{
	struct CURLMsg *message;
	char *request;
	int n;

	http_curl()->multi_socket_action(http->multi, fd, ready, &n);
	/* done() may close it. */
	while (http->multi && (message = http_curl()->multi_info_read(http->multi, &n))) {
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		http_curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &request);
		http_finish(http, (struct http_request *)request, code);
	}
}

static void http_on_ready(struct http_sockets *sockets, int fd, int ready)
{
	http_run(container_of(sockets, struct http, sockets), fd, ready);
}

static void http_on_timer(struct ring_timer *timer)
{
	http_run(container_of(timer, struct http, timer), CURL_SOCKET_TIMEOUT, 0);
}

/*
 * CURLMOPT_TIMERFUNCTION. 0 ms is the next iteration, not this one: others come first while libcurl
 * has more to do.
 */
static int http_on_timer_change(CURLM *multi, long ms, void *user)
{
	struct http *http = user;

	if (ms < 0)
		ring_timer_stop(http->settings.ring, &http->timer);
	else
		ring_timer_in(http->settings.ring, &http->timer, (uint64_t)ms * CLOCK_MS);
	return 0;
}

static void http_on_drained(struct http_sockets *sockets)
{
	struct http *http = container_of(sockets, struct http, sockets);

	ring_task_queue(http->settings.ring, &http->task);
}

static void http_on_task(struct ring_task *task)
{
	struct http *http = container_of(task, struct http, task);

	http->closed(http);
}

static int http_add_header(struct http *http, const char *text)
{
	struct curl_slist *headers = http_curl()->slist_append(http->headers, text);

	if (headers)
		http->headers = headers;
	return headers ? 0 : -ENOMEM;
}

static int http_fill(struct http *http)
{
	bool ok = true;

	http->multi = http_curl()->multi_init();
	if (!http->multi || http_add_header(http, "Content-Type: application/json") ||
	    http_add_header(http, "Expect:"))
		return -ENOMEM;
	ok &= http_sockets_watch(&http->sockets, http->multi);
	ok &= !http_curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, http_on_timer_change);
	ok &= !http_curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	ok &= !http_curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
				      (long)HTTP_CONNECTIONS_MAX);
	ok &= !http_curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS,
				      (long)HTTP_CONNECTIONS_MAX);
	return ok ? 0 : -ENOMEM;
}

static int http_check_tls(const struct http *http)
{
	if (!http->names.secure)
		return 0;
	if (!http_tls_supported())
		return -ENOTSUP;
	return http->settings.tls ? 0 : -EINVAL;
}

static void http_free(struct http *http)
{
	http_curl()->multi_cleanup(http->multi);
	http_sockets_free(&http->sockets);
	http_curl()->slist_free_all(http->headers);
	*http = HTTP_NULL;
}

int http_load(char ret_reason[HTTP_REASON_MAX])
{
	return http_curl_load(ret_reason, HTTP_REASON_MAX);
}

int http_init(struct http *http, const struct http_settings *settings,
	      void (*closed)(struct http *http))
{
	int r;

	*http = (struct http){
		.settings = *settings,
		.closed = closed,
		.tls = {.context = settings->tls, .host = http->names.host},
		.sockets = {.ring = settings->ring,
			    .limits = {settings->keepalive, settings->tcp_timeout},
			    .ready = http_on_ready,
			    .drained = http_on_drained},
		.timer.fn = http_on_timer,
		.task.fn = http_on_task,
	};
	r = http_curl() ? http_names_parse(&http->names, settings->url, settings->proxy) : -ELIBACC;
	if (r == 0)
		r = http_check_tls(http);
	if (r < 0) {
		*http = HTTP_NULL;
		return r;
	}
	http->initialized = true;
	r = http_fill(http);
	if (r < 0)
		http_free(http);
	return r;
}

static bool http_set_body(void *easy, const char *body, size_t size)
{
	bool ok = true;

	ok &= !http_curl_easy_setopt(easy, CURLOPT_POST, 1L);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	return ok;
}

/* What the environment and the files of a user would add is not wanted. */
static bool http_set_server(struct http *http, void *easy, const char *credentials)
{
	const struct http_settings *settings = &http->settings;
	bool ok = true;

	ok &= !http_curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	ok &= !http_curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_URL, settings->url);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_USERAGENT, settings->user_agent);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->headers);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_PROXY, settings->proxy ? settings->proxy : "");
	ok &= !http_curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	ok &= !http_curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_USERPWD, credentials);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	return ok;
}

static bool http_set_process(struct http *http, struct http_request *request, void *easy)
{
	bool ok = true;

	ok &= !http_curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* A look-up of a name that is cancelled is not waited for. */
	ok &= !http_curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)HTTP_RECEIVE);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)HTTP_SEND);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout * 1000);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
				     (long)http->settings.connect_timeout * 1000);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->reason);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, http_on_body);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
	return ok;
}

int http_post_taken(struct http *http, struct http_request *request, const char *credentials,
		    char *body, size_t size, unsigned timeout_s, size_t max)
{
	static_assert(HTTP_REASON_MAX >= CURL_ERROR_SIZE, "libcurl writes there");
	void *easy = http_curl()->easy_init();

	assert(!request->http && request->done && http->multi && max <= HTTP_BODY_MAX);
	*request = (struct http_request){
		.done = request->done,
		.easy = easy,
		.sent = body,
		.body = malloc(HTTP_BODY_FIRST),
		.room = HTTP_BODY_FIRST,
		.max = max,
		.timeout = timeout_s,
	};
	if (!easy || !request->body || !http_set_server(http, easy, credentials) ||
	    !http_set_process(http, request, easy) || !http_set_body(easy, body, size) ||
	    !http_sockets_set(&http->sockets, easy) ||
	    (http->names.secure && !http_tls_set(&http->tls, easy)) ||
	    http_curl()->multi_add_handle(http->multi, easy)) {
		http_release(request);
		return -ENOMEM;
	}
	if (http->settings.log)
		protocol_log(PROTOCOL_LOG_SENT, http->settings.log, body, size);
	request->http = http;
	request->next = http->requests;
	http->requests = request;
	return 0;
}

int http_post(struct http *http, struct http_request *request, const char *credentials,
	      const char *body, size_t size, unsigned timeout_s, size_t max)
{
	char *copy = malloc(size + 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, body, size);
	return http_post_taken(http, request, credentials, copy, size, timeout_s, max);
}

bool http_busy(const struct http_request *request)
{
	return request->http != NULL;
}

void http_cancel(struct http_request *request)
{
	if (!http_busy(request))
		return;
	http_detach(request);
	http_release(request);
}

void http_request_deinit(struct http_request *request)
{
	assert(!http_busy(request));
	http_release(request);
}

/* Ends all requests and connections. */
static void http_shut(struct http *http)
{
	http_sockets_drop(&http->sockets);
	while (http->requests)
		http_cancel(http->requests);
	http_curl()->multi_cleanup(TAKE(http->multi));
	ring_timer_stop(http->settings.ring, &http->timer);
}

void http_close(struct http *http)
{
	assert(http->initialized);
	if (http->multi)
		http_shut(http);
}

void http_deinit(struct http *http)
{
	if (!http->initialized)
		return;
	assert(!http->settings.ring->initialized ||
	       (!http->multi && !http->sockets.list && !http->task.queued));
	if (http->multi)
		http_shut(http);
	http_free(http);
}
