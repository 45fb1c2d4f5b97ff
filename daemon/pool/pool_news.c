/* SPDX-License-Identifier: MIT */
#include "pool/pool_news.h"

#include "common/clock.h"
#include "pool/pool_events.h"

static void news_log_connected(const struct pool_news_context *context)
{
	struct upstream_snapshot login;

	upstream_snapshot(&login, context->upstream);
	pool_events_connected(context->conf, context->outage, context->difficulty, &login);
}

void pool_news_log(enum pool_news_kind *news, const struct pool_news_context *context)
{
	uint64_t now = clock_now();
	uint64_t wait_ns = context->retry_ns > now ? context->retry_ns - now : 0;
	enum pool_news_kind kind = *news;

	*news = POOL_NEWS_NONE;
	switch (kind) {
	case POOL_NEWS_NONE:
		break;
	case POOL_NEWS_CONNECTED:
		news_log_connected(context);
		break;
	case POOL_NEWS_LOST:
		pool_events_lost(context->conf, context->outage, context->reason, wait_ns);
		break;
	case POOL_NEWS_FAILED:
		pool_events_failed(context->conf, context->outage, context->reason, wait_ns);
		break;
	case POOL_NEWS_REDIRECTED:
		pool_events_redirected(context->conf, context->outage, context->reason, wait_ns);
		break;
	}
}
