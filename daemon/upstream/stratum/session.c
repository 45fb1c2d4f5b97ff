/* SPDX-License-Identifier: MIT */
/* Invariant: whatever ends a session goes through session_on_failed() or session_close() once. */
#include "upstream/stratum/session.h"

#include <string.h>

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/hot.h"
#include "config/conf_url.h"
#include "io/protocol_log.h"
#include "upstream/stratum/encode.h"

HOT static struct session *session_of(struct transport *transport)
{
	return container_of(transport, struct session, login.transport);
}

HOT static void session_on_message(struct transport *transport, char *line, size_t n)
{
	struct session *session = session_of(transport);

	if (session->login.conf->log_lines)
		protocol_log(PROTOCOL_LOG_RECEIVED, session->login.conf->name, line, n);
	dispatch_line(&session->dispatch, line, n);
}

static void session_on_failed(struct login *login, const char *reason)
{
	struct session *session = container_of(login, struct session, login);

	session_close(session);
	session->handler->lost(session, reason);
}

static void session_on_connected(struct transport *transport)
{
	struct login *login = &session_of(transport)->login;

	login->state = SESSION_SECURING;
	ring_timer_in(transport->stream.ring, &login->timer, login->limits->tls_timeout * CLOCK_S);
}

static void session_on_opened(struct transport *transport)
{
	struct session *session = session_of(transport);

	login_open(&session->login);
	handshake_begin(&session->handshake);
}

static void session_on_unreachable(struct transport *transport, const char *reason)
{
	login_fail(&session_of(transport)->login, "%s", reason);
}

static void session_on_lost(struct transport *transport, const char *reason)
{
	login_fail_lost(&session_of(transport)->login, reason);
}

static void session_on_closed(struct transport *transport)
{
	struct session *session = session_of(transport);

	session->login.state = SESSION_CLOSED;
	handshake_reset(&session->handshake);
	session->handler->closed(session);
}

static void session_on_ready(struct handshake *handshake)
{
	struct session *session = container_of(handshake, struct session, handshake);

	session->handler->ready(session);
}

static void session_on_granted(struct handshake *handshake)
{
	struct session *session = container_of(handshake, struct session, handshake);

	session->handler->version_mask(session);
}

static void session_on_answered(struct dispatch *dispatch, const struct share *share,
				const struct share_answer *answer)
{
	struct session *session = container_of(dispatch, struct session, dispatch);

	session->handler->answered(session, share, answer);
}

static void session_on_version_mask(struct dispatch *dispatch)
{
	struct session *session = container_of(dispatch, struct session, dispatch);

	session->handler->version_mask(session);
}

static void session_on_reconnect(struct dispatch *dispatch, const char *host, unsigned port,
				 unsigned wait)
{
	struct session *session = container_of(dispatch, struct session, dispatch);

	session->handler->reconnect(session, host, port, wait);
}

HOT static void session_on_job(struct job_intake *intake, struct job *job)
{
	struct session *session = container_of(intake, struct session, intake);

	session->handler->job(session, job);
}

/* Deadlines move with every job and reply; the timer is looked at only when it runs out. */
static void session_check_progress(struct session *session)
{
	struct login *login = &session->login;
	const struct conf_failover *limits = login->limits;
	uint64_t now = clock_now(), oldest = submit_ids_oldest(&session->dispatch.submit_ids);
	uint64_t job_deadline = login->job_ns + limits->job_timeout * CLOCK_S;
	uint64_t reply_deadline =
		oldest == UINT64_MAX ? UINT64_MAX : oldest + limits->reply_timeout * CLOCK_S;

	if (now >= job_deadline)
		login_fail_silent(login, "no mining.notify for %u s", limits->job_timeout);
	else if (now >= reply_deadline)
		login_fail(login, "no reply to a share for %u s", limits->reply_timeout);
	else
		ring_timer_at(login->transport.stream.ring, &login->timer,
			      MIN(job_deadline, reply_deadline));
}

static void session_on_timer(struct ring_timer *timer)
{
	struct session *session = container_of(timer, struct session, login.timer);
	struct login *login = &session->login;

	switch (login->state) {
	case SESSION_SECURING:
		login_fail(login, "no TLS handshake within %u s%s", login->limits->tls_timeout,
			   login->transport.stream.tls.heard
				   ? ""
				   : ": the peer says nothing; is it stratum+tcp://?");
		break;
	case SESSION_CONFIGURING:
	case SESSION_SUBSCRIBING:
	case SESSION_AUTHORIZING:
		handshake_late(&session->handshake);
		break;
	case SESSION_READY:
		session_check_progress(session);
		break;
	case SESSION_CONNECTING: /* dial and tunnel have deadlines of their own */
	case SESSION_CLOSED:
	case SESSION_CLOSING:
		break;
	}
}

void session_init(struct session *session, const struct session_settings *settings,
		  const struct session_handler *handler)
{
	static const struct transport_handler transport_handler = {
		.connected = session_on_connected,
		.opened = session_on_opened,
		.message = session_on_message,
		.failed = session_on_unreachable,
		.lost = session_on_lost,
		.closed = session_on_closed,
	};
	static const struct handshake_handler handshake_handler = {
		.ready = session_on_ready,
		.version_mask = session_on_granted,
	};
	static const struct dispatch_handler dispatch_handler = {
		.answered = session_on_answered,
		.version_mask = session_on_version_mask,
		.reconnect = session_on_reconnect,
	};
	struct login *login = &session->login;

	*session = (struct session){
		.handler = handler,
		.tls = settings->tls,
		.login = {.conf = settings->conf,
			  .limits = settings->limits,
			  .failed = session_on_failed,
			  .timer.fn = session_on_timer,
			  .terms.stock = settings->stock},
		.suggestion.login = login,
		.intake = {.login = login,
			   .suggestion = &session->suggestion,
			   .job = session_on_job},
		.handshake = {.login = login,
			      .suggestion = &session->suggestion,
			      .intake = &session->intake,
			      .handler = &handshake_handler},
		.dispatch = {.login = login,
			     .suggestion = &session->suggestion,
			     .intake = &session->intake,
			     .handshake = &session->handshake,
			     .handler = &dispatch_handler},
	};
	transport_init(&login->transport, settings->ring, settings->resolver, &transport_handler,
		       '\n');
}

void session_deinit(struct session *session)
{
	handshake_reset(&session->handshake);
	transport_deinit(&session->login.transport);
}

void session_connect(struct session *session, uint64_t number, const char *host, unsigned port)
{
	struct login *login = &session->login;
	const struct conf_failover *limits = login->limits;
	const struct conf_proxy *proxy = &login->conf->proxy;
	char name[CONF_PLACE_MAX];
	const struct transport_target target = {
		.host = host,
		.port = port,
		.proxy_host = proxy->host[0] ? proxy->host : NULL,
		.proxy_port = proxy->port,
		.proxy_name = conf_url_text(name, proxy->host, proxy->port),
		.proxy_user = proxy->user,
		.proxy_password = proxy->password,
		.proxy_timeout = limits->proxy_timeout,
		.tls = session->tls,
		.limits = {.timeout = limits->connect_timeout,
			   .socket = {.keepalive = limits->keepalive,
				      .tcp_timeout = limits->tcp_timeout}},
	};

	login_begin(login, number, host, port);
	suggestion_begin(&session->suggestion);
	job_intake_begin(&session->intake);
	handshake_reset(&session->handshake);
	dispatch_begin(&session->dispatch);
	transport_open(&login->transport, &target);
}

void session_close(struct session *session)
{
	struct login *login = &session->login;

	if (!login_is_live(login))
		return;
	login->state = SESSION_CLOSING;
	ring_timer_stop(login->transport.stream.ring, &login->timer);
	submit_ids_clear(&session->dispatch.submit_ids);
	transport_close(&login->transport);
}

void session_limits_changed(struct session *session)
{
	if (session->login.state == SESSION_READY)
		session_check_progress(session);
}

void session_suggest(struct session *session, double difficulty)
{
	suggestion_set(&session->suggestion, difficulty);
}

HOT void session_newest_job(struct session *session, uint64_t sequence)
{
	assert(login_is_live(&session->login));
	session->login.newest_job = sequence;
}

bool session_takes_job(const struct session *session, const struct job *job)
{
	const struct work_terms *terms = &session->login.terms;

	return job->extranonce2_size == terms->extranonce2_size &&
	       job->extranonce2_offset >= terms->extranonce1_size &&
	       memcmp(job->coinbase + job->extranonce2_offset - terms->extranonce1_size,
		      terms->extranonce1, terms->extranonce1_size) == 0;
}

HOT_SHARE bool session_can_submit(const struct session *session)
{
	const struct login *login = &session->login;

	return login->state == SESSION_READY &&
	       submit_ids_has_room(&session->dispatch.submit_ids, login_coming_id(login)) &&
	       stream_unsent(&login->transport.stream) < STREAM_SEND_MAX / 2;
}

HOT_SHARE bool session_submit(struct session *session, const struct share *share, bool again)
{
	struct login *login = &session->login;
	struct stream *stream = &login->transport.stream;
	uint64_t now = clock_now(), deadline = now + login->limits->reply_timeout * CLOCK_S;
	char *line;
	uint32_t id;
	size_t n;

	if (!session_can_submit(session))
		return false;
	line = stream_reserve(stream, MESSAGE_SIZE_MAX);
	if (!line)
		return false;
	id = login_next_id(login);
	n = encode_submit(line, MESSAGE_SIZE_MAX, id, login->conf->user, share,
			  work_says_version(&login->terms, share));
	if (login->conf->log_lines)
		protocol_log(PROTOCOL_LOG_SENT, login->conf->name, line, n);
	if (n == 0 || !stream_commit(stream, n))
		return false;
	login->last_sent = "mining.submit";
	submit_ids_add(&session->dispatch.submit_ids,
		       &(struct submit){.id = id, .again = again, .sent_ns = now, .share = share});
	if (login->timer.deadline > deadline)
		ring_timer_at(stream->ring, &login->timer, deadline);
	return true;
}
