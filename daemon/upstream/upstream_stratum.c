/* SPDX-License-Identifier: MIT */
#include "upstream/upstream_stratum.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/container.h"
#include "common/hot.h"

static_assert((unsigned)OPTIONAL_N <= (unsigned)UPSTREAM_LEFT_OUT_MAX,
	      "a snapshot names each optional request");
static_assert((unsigned)INVALID_LINES_TEXT_MAX <= (unsigned)UPSTREAM_INVALID_MAX,
	      "a snapshot holds the last one");

HOT static struct upstream *stratum_upstream(struct session *session)
{
	return container_of(session, struct upstream_stratum, session)->upstream;
}

static void stratum_on_ready(struct session *session)
{
	struct upstream *upstream = stratum_upstream(session);

	upstream->handler->ready(upstream);
}

HOT static void stratum_on_job(struct session *session, struct job *job)
{
	struct upstream *upstream = stratum_upstream(session);

	upstream->handler->job(upstream, job);
}

static void stratum_on_version_mask(struct session *session)
{
	struct upstream *upstream = stratum_upstream(session);

	upstream->handler->version_mask(upstream);
}

static void stratum_on_answered(struct session *session, const struct share *share,
				const struct share_answer *answer)
{
	struct upstream *upstream = stratum_upstream(session);

	upstream->handler->answered(upstream, share, answer);
}

static void stratum_on_reconnect(struct session *session, const char *host, unsigned port,
				 unsigned wait)
{
	struct upstream *upstream = stratum_upstream(session);

	upstream->handler->reconnect(upstream, host, port, wait);
}

static void stratum_on_lost(struct session *session, const char *reason)
{
	struct upstream *upstream = stratum_upstream(session);

	upstream->handler->lost(upstream, reason, session->login.refused);
}

static void stratum_on_closed(struct session *session)
{
	struct upstream *upstream = stratum_upstream(session);

	upstream->handler->closed(upstream);
}

static const struct session_handler stratum_handler = {
	.ready = stratum_on_ready,
	.job = stratum_on_job,
	.version_mask = stratum_on_version_mask,
	.answered = stratum_on_answered,
	.reconnect = stratum_on_reconnect,
	.lost = stratum_on_lost,
	.closed = stratum_on_closed,
};

static int stratum_init(void **ret_self, struct upstream *upstream,
			const struct upstream_settings *settings)
{
	const struct session_settings own = {
		.ring = settings->ring,
		.resolver = settings->resolver,
		.conf = settings->conf,
		.limits = settings->limits,
		.tls = settings->tls,
		.stock = settings->stock,
	};
	struct upstream_stratum *self = calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->upstream = upstream;
	session_init(&self->session, &own, &stratum_handler);
	*ret_self = self;
	return 0;
}

static void stratum_deinit(void *self)
{
	struct upstream_stratum *stratum = self;

	session_deinit(&stratum->session);
	free(stratum);
}

HOT static struct session *stratum_own(void *self)
{
	return &((struct upstream_stratum *)self)->session;
}

HOT static const struct session *stratum_session(const void *self)
{
	return &((const struct upstream_stratum *)self)->session;
}

static void stratum_connect(void *self, uint64_t number, const char *host, unsigned port)
{
	session_connect(stratum_own(self), number, host, port);
}

static void stratum_close(void *self)
{
	session_close(stratum_own(self));
}

HOT static enum upstream_state stratum_state(const void *self)
{
	switch (stratum_session(self)->login.state) {
	case SESSION_CLOSED:
		return UPSTREAM_CLOSED;
	case SESSION_READY:
		return UPSTREAM_READY;
	case SESSION_CLOSING:
		return UPSTREAM_CLOSING;
	case SESSION_CONNECTING:
	case SESSION_SECURING:
	case SESSION_CONFIGURING:
	case SESSION_SUBSCRIBING:
	case SESSION_AUTHORIZING:
		break;
	}
	return UPSTREAM_CONNECTING;
}

static unsigned stratum_port(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)address)->sin6_port);
	return ntohs(((const struct sockaddr_in *)address)->sin_port);
}

static void stratum_address(char ret[UPSTREAM_ADDRESS_MAX], const struct stream *stream)
{
	struct resolve_address address = {.size = sizeof(address.address)};
	char host[RESOLVE_TEXT_MAX];

	if (!stream_peer(stream, &address.address))
		return;
	snprintf(ret, UPSTREAM_ADDRESS_MAX,
		 address.address.ss_family == AF_INET6 ? "[%s]:%u" : "%s:%u",
		 resolve_text(host, &address), stratum_port(&address.address));
}

static void stratum_snapshot(struct upstream_snapshot *ret, const void *self)
{
	const struct session *session = stratum_session(self);
	const struct work_terms *terms = &session->login.terms;

	stratum_address(ret->address, &session->login.transport.stream);
	ret->invalid_lines = session->login.invalid.count;
	memcpy(ret->last_invalid_line, session->login.invalid.last,
	       sizeof(session->login.invalid.last));
	for (unsigned i = 0; i < OPTIONAL_N; i++)
		if (!optional_wanted(&session->login.optional, i))
			ret->left_out[ret->n_left_out++] = optional_name(i);
	if (session->login.state != SESSION_READY)
		return;
	ret->tls = session->tls ? tls_version(&session->login.transport.stream.tls) : NULL;
	ret->version_mask = terms->mask_unknown ? 0 : terms->version_mask;
	ret->version_rolling = terms->version_mask != 0;
	ret->extranonce2_size = terms->extranonce2_size;
}

static void stratum_limits_changed(void *self)
{
	session_limits_changed(stratum_own(self));
}

static void stratum_serve_first(void *self, bool first)
{
	stream_serve_first(&stratum_own(self)->login.transport.stream, first);
}

static void stratum_suggest_difficulty(void *self, double difficulty)
{
	session_suggest(stratum_own(self), difficulty);
}

static struct target stratum_target(const void *self)
{
	return stratum_session(self)->login.terms.target;
}

HOT static void stratum_newest_job(void *self, uint64_t sequence)
{
	session_newest_job(stratum_own(self), sequence);
}

static struct job *stratum_remask(const void *self, const struct job *job)
{
	return work_with_mask(job, &stratum_session(self)->login.terms);
}

HOT_SHARE static bool stratum_can_submit(const void *self)
{
	return session_can_submit(stratum_session(self));
}

HOT_SHARE static bool stratum_submit(void *self, const struct share *share, bool again)
{
	return session_submit(stratum_own(self), share, again);
}

static bool stratum_keep(void *self)
{
	return login_keep(&stratum_own(self)->login);
}

static void stratum_forget(void *self)
{
	login_forget(&stratum_own(self)->login);
}

static bool stratum_is_kept(const void *self)
{
	return stratum_session(self)->login.past.id[0];
}

static bool stratum_is_resumed(const void *self)
{
	return stratum_session(self)->login.resumed;
}

HOT_SHARE static uint64_t stratum_login(const void *self)
{
	return stratum_session(self)->login.terms.session;
}

static bool stratum_takes_job(const void *self, const struct job *job)
{
	return session_takes_job(stratum_session(self), job);
}

const struct upstream_kind upstream_stratum_kind = {
	.init = stratum_init,
	.deinit = stratum_deinit,
	.connect = stratum_connect,
	.close = stratum_close,
	.state = stratum_state,
	.snapshot = stratum_snapshot,
	.limits_changed = stratum_limits_changed,
	.serve_first = stratum_serve_first,
	.suggest_difficulty = stratum_suggest_difficulty,
	.target = stratum_target,
	.newest_job = stratum_newest_job,
	.remask = stratum_remask,
	.can_submit = stratum_can_submit,
	.submit = stratum_submit,
	.keep = stratum_keep,
	.forget = stratum_forget,
	.is_kept = stratum_is_kept,
	.is_resumed = stratum_is_resumed,
	.login = stratum_login,
	.takes_job = stratum_takes_job,
};
