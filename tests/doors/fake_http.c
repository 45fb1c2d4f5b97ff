/* SPDX-License-Identifier: MIT */
/* Invariant: a request that is under way has a call, whose timer is armed unless it waits forever.
 */
#include "fake_http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "fake_inside.h"

struct fake_http_call {
	struct fake_http_call *next;
	uint64_t number;
	uint64_t limit; /* clock_now() when it times out; FAKE_HTTP_NEVER: never */
	struct ring_timer timer;
	struct http_request *request;
	struct fake_http_answer answer;
	bool timed_out;
};

static void (*serve)(void *context, const struct fake_http_post *post,
		     struct fake_http_answer *ret);
static void *serve_context;
static struct fake_http_call *calls;
static uint64_t numbers;
static bool no_memory;

void fake_http_serve(void (*with)(void *context, const struct fake_http_post *post,
				  struct fake_http_answer *ret),
		     void *context)
{
	serve = with;
	serve_context = context;
}

void fake_http_fail(bool fails)
{
	no_memory = fails;
}

static struct fake_http_call *find(uint64_t number)
{
	for (struct fake_http_call *call = calls; call; call = call->next)
		if (call->number == number)
			return call;
	return NULL;
}

size_t fake_http_busy(void)
{
	size_t n = 0;

	for (const struct fake_http_call *call = calls; call; call = call->next)
		n++;
	return n;
}

bool fake_http_is_busy(uint64_t number)
{
	return find(number) != NULL;
}

/* As far as the answer says by now. */
static void schedule(struct fake_http_call *call)
{
	struct ring *ring = call->request->http->settings.ring;
	uint64_t now = clock_now(), left = call->limit - now;

	call->timed_out = call->answer.delay >= left;
	ring_timer_stop(ring, &call->timer);
	if (MIN(call->answer.delay, left) < FAKE_HTTP_NEVER - now)
		ring_timer_at(ring, &call->timer, now + MIN(call->answer.delay, left));
}

bool fake_http_answer(uint64_t number, const struct fake_http_answer *answer)
{
	struct fake_http_call *call = find(number);

	if (!call) {
		free(answer->body);
		return false;
	}
	free(call->answer.body);
	call->answer = *answer;
	schedule(call);
	return true;
}

/* Ends the call; what it was answered stays. */
static struct fake_http_call *end(struct http_request *request)
{
	struct http *http = request->http;
	struct http_request **where = &http->requests;
	struct fake_http_call **place = &calls;
	struct fake_http_call *call = TAKE(request->easy);

	while (*where != request)
		where = &(*where)->next;
	*where = request->next;
	while (*place != call)
		place = &(*place)->next;
	*place = call->next;
	ring_timer_stop(http->settings.ring, &call->timer);
	request->http = NULL;
	return call;
}

static void set_error(struct http_request *request, struct http_reply *reply, const char *text)
{
	snprintf(request->reason, sizeof(request->reason), "%s", text);
	reply->error = request->reason;
}

static void on_timer(struct ring_timer *timer)
{
	struct fake_http_call *call = container_of(timer, struct fake_http_call, timer);
	struct http_request *request = call->request;
	struct fake_http_answer *answer = &call->answer;
	struct http *http = request->http;
	struct http_reply reply = {};

	end(request);
	if (call->timed_out) {
		snprintf(request->reason, sizeof(request->reason), "no reply within %u s",
			 request->timeout);
		reply.error = request->reason;
	} else if (answer->error) {
		set_error(request, &reply, answer->error);
		reply.refused = answer->refused;
	} else if (answer->size > request->max) {
		set_error(request, &reply, "the reply is larger than accepted");
	} else {
		snprintf(http->address, sizeof(http->address), "192.0.2.1:8332");
		reply.status = answer->status;
		reply.size = answer->size;
		fake_inside_leave();
		reply.body = realloc(TAKE(answer->body), answer->size + 1);
		fake_inside_enter();
		assert(reply.body);
		reply.body[reply.size] = '\0';
		reply.received_ns = http->settings.ring->now;
	}
	free(answer->body);
	free(call);
	request->done(request, &reply);
	free(reply.body);
}

static void on_task(struct ring_task *task)
{
	struct http *http = container_of(task, struct http, task);

	http->closed(http);
}

int http_load(char ret_reason[HTTP_REASON_MAX])
{
	return 0;
}

int http_init(struct http *http, const struct http_settings *settings,
	      void (*closed)(struct http *http))
{
	*http = (struct http){
		.settings = *settings,
		.closed = closed,
		.multi = http,
		.task.fn = on_task,
		.initialized = true,
	};
	return 0;
}

int http_post_taken(struct http *http, struct http_request *request, const char *credentials,
		    char *body, size_t size, unsigned timeout_s, size_t max)
{
	int r = http_post(http, request, credentials, body, size, timeout_s, max);

	free(body);
	return r;
}

int http_post(struct http *http, struct http_request *request, const char *credentials,
	      const char *body, size_t size, unsigned timeout_s, size_t max)
{
	struct fake_http_call *call = calloc(1, sizeof(*call));
	char *copy = malloc(size + 1);
	struct fake_http_post post = {http->settings.url, credentials, copy, size,
				      timeout_s,	  ++numbers};

	assert(serve);
	assert(!request->http && request->done && http->multi && max <= HTTP_BODY_MAX);
	if (!call || !copy || no_memory) {
		free(call);
		free(copy);
		return -ENOMEM;
	}
	memcpy(copy, body, size);
	copy[size] = '\0';
	fake_inside_leave();
	serve(serve_context, &post, &call->answer);
	fake_inside_enter();
	free(copy);
	*request = (struct http_request){.done = request->done,
					 .http = http,
					 .next = http->requests,
					 .easy = call,
					 .max = max,
					 .timeout = timeout_s};
	http->requests = request;
	call->request = request;
	call->number = post.number;
	call->limit = timeout_s ? clock_now() + timeout_s * CLOCK_S : FAKE_HTTP_NEVER;
	call->timer.fn = on_timer;
	call->next = calls;
	calls = call;
	schedule(call);
	return 0;
}

bool http_busy(const struct http_request *request)
{
	return request->http != NULL;
}

void http_cancel(struct http_request *request)
{
	struct fake_http_call *call;

	if (!http_busy(request))
		return;
	call = end(request);
	free(call->answer.body);
	free(call);
}

void http_request_deinit(struct http_request *request)
{
	assert(!http_busy(request));
}

void http_close(struct http *http)
{
	assert(http->initialized);
	if (!http->multi)
		return;
	http->multi = NULL;
	while (http->requests)
		http_cancel(http->requests);
	ring_task_queue(http->settings.ring, &http->task);
}

void http_deinit(struct http *http)
{
	if (!http->initialized)
		return;
	assert(!http->settings.ring->initialized || (!http->multi && !http->task.queued));
	while (http->requests)
		http_cancel(http->requests);
	*http = HTTP_NULL;
}
