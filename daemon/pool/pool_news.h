/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What has happened to a pool and is not logged yet: that waits until the workers have what they
 * need. Io thread.
 */
#include "config/conf.h"
#include "pool/pool_outage.h"
#include "upstream/upstream.h"

enum pool_news_kind {
	POOL_NEWS_NONE,
	POOL_NEWS_CONNECTED,
	POOL_NEWS_LOST,	  /* it was usable */
	POOL_NEWS_FAILED, /* it was on its way there */
	POOL_NEWS_REDIRECTED,
};

/* What is said of it; all borrowed. */
struct pool_news_context {
	const struct conf_pool *conf;
	const struct upstream *upstream;
	struct pool_outage *outage; /* which counts what is logged */
	double difficulty;	    /* of the current job */
	const char *reason;	    /* of the last loss */
	uint64_t retry_ns;	    /* clock_now() at the next attempt; 0: none is due */
};

/* Logs it, and leaves none. */
void pool_news_log(enum pool_news_kind *news, const struct pool_news_context *context);
