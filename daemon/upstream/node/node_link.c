/* SPDX-License-Identifier: MIT */
#include "upstream/node/node_link.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"

static void node_link_next(struct node_link *link);

static void node_link_fail(struct node_link *link, bool refused, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void node_link_fail(struct node_link *link, bool refused, const char *format, ...)
{
	char reason[NODE_LINK_REASON_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	link->handler->failed(link, reason, refused);
}

static void node_link_on_broken(struct ring_task *task)
{
	struct node_link *link = container_of(task, struct node_link, broken);

	if (link->open)
		node_link_fail(link, false, "%s", link->broken_by);
}

void node_link_break(struct node_link *link, const char *reason)
{
	assert(link->open);
	link->broken_by = reason;
	ring_task_queue(link->ring, &link->broken);
}

static const char *node_link_credentials(const struct node_link *link)
{
	return link->credentials[0] ? link->credentials : NULL;
}

static void node_link_post(struct node_link *link, enum node_link_call call, const char *text,
			   size_t size, size_t max)
{
	link->call = call;
	link->call_ns = clock_now();
	if (http_post(&link->http, &link->calls, node_link_credentials(link), text, size,
		      link->limits->reply_timeout, max) < 0)
		node_link_break(link, "no memory for a call");
}

/* Begins the next call that is wanted, unless one is under way or waits. */
static void node_link_next(struct node_link *link)
{
	char text[RPC_CALL_MAX], hash[TARGET_TEXT_MAX];
	size_t n;

	if (!link->open || http_busy(&link->calls) || link->retry.armed ||
	    cookie_busy(&link->cookie))
		return;
	if (link->want_template) {
		link->want_template = false;
		n = rpc_call_template(text, link->signet, NULL);
		node_link_post(link, NODE_LINK_TEMPLATE, text, n, NODE_LINK_TEMPLATE_BYTES);
	} else if (link->n_asks) {
		n = rpc_call_block_header(text, target_text(hash, &link->asks[0]));
		node_link_post(link, NODE_LINK_HEADER, text, n, NODE_LINK_REPLY_BYTES);
	}
}

static void node_link_ask_chain(struct node_link *link)
{
	char text[RPC_CALL_MAX];
	size_t n = rpc_call_chain_info(text);

	node_link_post(link, NODE_LINK_CHAIN, text, n, NODE_LINK_REPLY_BYTES);
}

static void node_link_on_cookie(struct cookie *cookie, const char *text, const char *reason)
{
	struct node_link *link = container_of(cookie, struct node_link, cookie);

	if (!text) {
		node_link_fail(link, false, "%s", reason);
		return;
	}
	snprintf(link->credentials, sizeof(link->credentials), "%s", text);
	node_link_ask_chain(link);
}

static void node_link_ended(struct node_link *link)
{
	assert(link->ending);
	if (--link->ending == 0) {
		http_deinit(&link->http);
		link->handler->closed(link);
	}
}

static void node_link_on_cookie_ended(struct cookie *cookie)
{
	node_link_ended(container_of(cookie, struct node_link, cookie));
}

static void node_link_on_http_closed(struct http *http)
{
	node_link_ended(container_of(http, struct node_link, http));
}

static void node_link_on_reader_stopped(struct reader *reader)
{
	node_link_ended(container_of(reader, struct node_link, reader));
}

/* false: that was all, and the reply is of no more use. */
static bool node_link_judge(struct node_link *link, const struct rpc_reply *reply, bool busy)
{
	bool again = link->conf->cookie_file && !link->cookie_again;

	switch (reply->outcome) {
	case RPC_RESULT:
	case RPC_FAILED:
		link->busy = 0;
		return true;
	case RPC_REFUSED:
		/* The node has been started anew since the file was read. */
		if (again && link->call == NODE_LINK_CHAIN) {
			link->cookie_again = true;
			cookie_read(&link->cookie, link->conf->cookie_file);
			return false;
		}
		break;
	case RPC_NOT_NOW:
		if (busy && link->busy++ < NODE_LINK_BUSY_RETRIES) {
			log_debug("pool %s: %s", link->conf->name, reply->reason);
			ring_timer_in(link->ring, &link->retry, NODE_LINK_RETRY_MS * CLOCK_MS);
			return false;
		}
		break;
	case RPC_NOT_A_NODE:
		break;
	}
	node_link_fail(link, reply->outcome == RPC_REFUSED, "%s", reply->reason);
	return false;
}

static void node_link_on_chain(struct node_link *link, const struct http_reply *http)
{
	CLEANUP(rpc_reply_deinit) struct rpc_reply reply = {};
	struct chain_info chain;
	const char *wrong;

	rpc_reply_read(&reply, "getblockchaininfo", http->status, http->body, http->size);
	if (!node_link_judge(link, &reply, false))
		return;
	if (reply.outcome == RPC_FAILED) {
		node_link_fail(link, false, "%s", reply.reason);
		return;
	}
	wrong = chain_info_read(&chain, reply.result);
	if (wrong) {
		node_link_fail(link, false, "%s", wrong);
		return;
	}
	link->signet = chain.signet;
	link->handler->chain(link, &chain);
}

static void node_link_on_header(struct node_link *link, const struct http_reply *http)
{
	CLEANUP(rpc_reply_deinit) struct rpc_reply reply = {};
	struct target hash = link->asks[0];
	struct chain_header header;
	const char *wrong = NULL;

	rpc_reply_read(&reply, "getblockheader", http->status, http->body, http->size);
	if (!node_link_judge(link, &reply, http->status == 503))
		return; /* a busy node is asked for it again */
	link->n_asks--;
	memmove(link->asks, link->asks + 1, link->n_asks * sizeof(*link->asks));
	if (reply.outcome == RPC_RESULT)
		wrong = chain_header_read(&header, reply.result);
	if (wrong)
		node_link_fail(link, false, "%s", wrong);
	else
		link->handler->header(link, &hash, reply.outcome == RPC_RESULT ? &header : NULL);
}

/* false: there is no memory for it, and the link has failed. */
static bool node_link_read(struct node_link *link, struct http_reply *http, uint64_t asked_ns,
			   bool long_poll)
{
	const struct reading about = {
		.status = http->status,
		.asked_ns = asked_ns,
		.received_ns = http->received_ns,
		.long_poll = long_poll,
	};

	if (reader_read(&link->reader, &about, TAKE(http->body), http->size))
		return true;
	node_link_fail(link, false, "no memory for a template");
	return false;
}

static void node_link_on_reading(struct reader *reader, struct reading *reading)
{
	struct node_link *link = container_of(reader, struct node_link, reader);
	const struct rpc_reply *reply = &reading->reply;

	if (!link->open)
		return;
	if (reply->outcome == RPC_NOT_NOW && reading->status == 503)
		link->want_template = true;
	if (!node_link_judge(link, reply, reading->status == 503))
		return;
	if (reply->outcome == RPC_FAILED)
		node_link_fail(link, false, "%s", reply->reason);
	else if (!reading->template)
		node_link_fail(link, false, "getblocktemplate: %s", reading->reason);
	else
		link->handler->template(link, reading);
}

static void node_link_on_call(struct http_request *request, struct http_reply *reply)
{
	struct node_link *link = container_of(request, struct node_link, calls);
	enum node_link_call call = link->call;

	if (reply->error) {
		node_link_fail(link, false, "%s", reply->error);
		return;
	}
	switch (call) {
	case NODE_LINK_CHAIN:
		node_link_on_chain(link, reply);
		break;
	case NODE_LINK_TEMPLATE:
		node_link_read(link, reply, link->call_ns, false);
		break;
	case NODE_LINK_HEADER:
		node_link_on_header(link, reply);
		break;
	case NODE_LINK_NOTHING:
		break;
	}
	node_link_next(link);
}

static void node_link_on_retry(struct ring_timer *timer)
{
	node_link_next(container_of(timer, struct node_link, retry));
}

static void node_link_begin_poll(struct node_link *link)
{
	char text[RPC_CALL_MAX];
	size_t n = rpc_call_template(text, link->signet, link->longpollid);

	link->poll_ns = clock_now();
	/* No timeout: a node without a new block has nothing to say. TCP notices one that is gone.
	 */
	if (http_post(&link->http, &link->poll, node_link_credentials(link), text, n, 0,
		      NODE_LINK_TEMPLATE_BYTES) < 0)
		node_link_break(link, "no memory for a long poll");
}

static void node_link_on_repoll(struct ring_timer *timer)
{
	struct node_link *link = container_of(timer, struct node_link, repoll);

	if (!http_busy(&link->poll) && link->longpollid[0])
		node_link_begin_poll(link);
}

/* The node has no answer for it any more, and there is none to wait for without a timeout. */
static void node_link_on_overdue(struct ring_timer *timer)
{
	struct node_link *link = container_of(timer, struct node_link, overdue);

	log_debug("pool %s: long poll: it did not tell of the last block", link->conf->name);
	http_cancel(&link->poll);
	node_link_begin_poll(link);
}

/* What ended a long poll ends the other connections, too, or is this one's alone. */
static void node_link_on_poll(struct http_request *request, struct http_reply *reply)
{
	struct node_link *link = container_of(request, struct node_link, poll);

	ring_timer_stop(link->ring, &link->overdue);
	if (!reply->error && reply->status == 200) {
		node_link_read(link, reply, link->poll_ns, true);
		return;
	}
	if (reply->error)
		log_debug("pool %s: long poll: %s", link->conf->name, reply->error);
	else
		log_debug("pool %s: long poll: HTTP status %u", link->conf->name, reply->status);
	ring_timer_in(link->ring, &link->repoll, NODE_LINK_RETRY_MS * CLOCK_MS);
	node_link_want_template(link);
}

static void node_link_on_block(struct node_blocks *blocks, const struct block *block,
			       const struct block_answer *answer)
{
	struct node_link *link = container_of(blocks, struct node_link, blocks);

	link->handler->block_answered(link, block, answer);
}

static void node_link_on_blocks_failed(struct node_blocks *blocks, const char *reason, bool refused)
{
	node_link_fail(container_of(blocks, struct node_link, blocks), refused, "%s", reason);
}

int node_link_init(struct node_link *link, struct ring *ring, const struct conf_pool *conf,
		   const struct conf_failover *limits, struct tls_context *tls,
		   const struct node_link_handler *handler)
{
	*link = (struct node_link){
		.ring = ring,
		.conf = conf,
		.limits = limits,
		.tls = tls,
		.handler = handler,
		.broken.fn = node_link_on_broken,
		.retry.fn = node_link_on_retry,
		.repoll.fn = node_link_on_repoll,
		.overdue.fn = node_link_on_overdue,
		.calls.done = node_link_on_call,
		.poll.done = node_link_on_poll,
		.blocks = {.answered = node_link_on_block, .failed = node_link_on_blocks_failed},
	};
	cookie_init(&link->cookie, ring, node_link_on_cookie, node_link_on_cookie_ended);
	node_proxy_url(link->proxy, &conf->proxy);
	return reader_init(&link->reader, ring, node_link_on_reading, node_link_on_reader_stopped);
}

void node_link_deinit(struct node_link *link)
{
	/*
	 * A helper that still works frees its task when it ends: it calls nothing but json-c and
	 * the heap, which exit(3) leaves alone.
	 */
	(void)reader_deinit(&link->reader);
	/* Without the ring, requests that are under way end here. */
	http_deinit(&link->http);
	http_request_deinit(&link->calls);
	http_request_deinit(&link->poll);
	node_blocks_deinit(&link->blocks);
	cookie_deinit(&link->cookie);
}

static void node_link_on_begin(struct ring_task *task)
{
	struct node_link *link = container_of(task, struct node_link, begin);

	if (!link->open)
		return;
	if (link->http_error) {
		node_link_fail(link, false, "%s", http_refusal(link->http_error));
	} else if (link->conf->cookie_file) {
		cookie_read(&link->cookie, link->conf->cookie_file);
	} else {
		snprintf(link->credentials, sizeof(link->credentials), "%s:%s", link->conf->user,
			 link->conf->password);
		node_link_ask_chain(link);
	}
}

void node_link_open(struct node_link *link)
{
	const struct http_settings settings = {
		.ring = link->ring,
		.url = link->conf->url,
		.user_agent = link->conf->user_agent,
		.log = link->conf->log_lines ? link->conf->name : NULL,
		.proxy = link->proxy[0] ? link->proxy : NULL,
		.tls = link->tls,
		.connect_timeout = link->limits->connect_timeout + link->limits->tls_timeout +
				   (link->proxy[0] ? link->limits->proxy_timeout : 0),
		.keepalive = link->limits->keepalive,
		.tcp_timeout = link->limits->tcp_timeout,
	};

	assert(!link->open && !link->ending);
	link->begin.fn = node_link_on_begin;
	link->open = true;
	link->cookie_again = link->want_template = false;
	link->n_asks = link->busy = 0;
	link->longpollid[0] = link->credentials[0] = '\0';
	link->http_error = http_init(&link->http, &settings, node_link_on_http_closed);
	if (!link->http_error)
		node_blocks_open(&link->blocks, &link->http, link->credentials,
				 link->limits->reply_timeout);
	ring_task_queue(link->ring, &link->begin);
}

void node_link_conf_changed(struct node_link *link)
{
	struct http_settings *settings = &link->http.settings;

	if (!link->open || link->http_error)
		return;
	settings->url = link->conf->url;
	settings->user_agent = link->conf->user_agent;
	settings->log = settings->log ? link->conf->name : NULL;
}

static void node_link_on_nothing(struct ring_task *task)
{
	node_link_ended(container_of(task, struct node_link, finish));
}

void node_link_close(struct node_link *link)
{
	assert(link->open);
	link->open = false;
	ring_timer_stop(link->ring, &link->retry);
	ring_timer_stop(link->ring, &link->repoll);
	ring_timer_stop(link->ring, &link->overdue);
	node_blocks_close(&link->blocks);
	/* closed() never comes from within. */
	link->ending = 1 + !link->http_error + cookie_busy(&link->cookie) + 1;
	link->finish.fn = node_link_on_nothing;
	ring_task_queue(link->ring, &link->finish);
	if (!link->http_error)
		http_close(&link->http);
	cookie_cancel(&link->cookie);
	reader_stop(&link->reader);
}

void node_link_want_template(struct node_link *link)
{
	assert(link->open);
	link->want_template = true;
	node_link_next(link);
}

void node_link_poll(struct node_link *link, const char *longpollid, bool at_once)
{
	assert(link->open);
	snprintf(link->longpollid, sizeof(link->longpollid), "%s", longpollid);
	if (!longpollid[0] || http_busy(&link->poll) || link->repoll.armed)
		return;
	if (at_once)
		node_link_begin_poll(link);
	else
		ring_timer_in(link->ring, &link->repoll, NODE_LINK_RETRY_MS * CLOCK_MS);
}

void node_link_expect_poll(struct node_link *link)
{
	assert(link->open);
	if (http_busy(&link->poll) && !link->overdue.armed)
		ring_timer_in(link->ring, &link->overdue, NODE_LINK_OVERDUE_MS * CLOCK_MS);
}

bool node_link_ask(struct node_link *link, const struct target *hash)
{
	assert(link->open);
	if (link->n_asks == NODE_LINK_ASKS_MAX)
		return false;
	link->asks[link->n_asks++] = *hash;
	node_link_next(link);
	return true;
}
