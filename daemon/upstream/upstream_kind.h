/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a kind of upstream provides. Internal to upstream/: upstream.c asserts what upstream.h
 * demands, and calls these with `self`. Events go to upstream->handler. Of the calls below only
 * limits_changed() and suggest_difficulty() may send one from within: lost(). Io thread only.
 */
#include "upstream/upstream_base.h"

struct upstream_kind {
	/* The kind's own, *ret_self. -ENOMEM. */
	int (*init)(void **ret_self, struct upstream *upstream,
		    const struct upstream_settings *settings);
	void (*deinit)(void *self);

	void (*connect)(void *self, uint64_t number, const char *host, unsigned port);
	void (*close)(void *self);
	enum upstream_state (*state)(const void *self);
	void (*snapshot)(struct upstream_snapshot *ret, const void *self); /* ret is zeroed */
	void (*limits_changed)(void *self);
	void (*conf_changed)(void *self); /* NULL: it keeps nothing of it */
	void (*serve_first)(void *self, bool first);

	void (*suggest_difficulty)(void *self, double difficulty);
	struct target (*target)(const void *self);
	void (*newest_job)(void *self, uint64_t sequence);
	struct job *(*remask)(const void *self, const struct job *job);
	bool (*can_submit)(const void *self);
	bool (*submit)(void *self, const struct share *share, bool again);

	/* Of kinds whose blocks minerd builds itself; NULL of others. */
	bool (*found_block)(void *self, const struct share *share);
	bool (*submit_block)(void *self, struct block *block);
	bool (*awaits_block)(const void *self);
	bool (*ask_block)(void *self, const struct target *hash);

	bool (*keep)(void *self);
	void (*forget)(void *self);
	bool (*is_kept)(const void *self);
	bool (*is_resumed)(const void *self);
	uint64_t (*login)(const void *self);
	bool (*takes_job)(const void *self, const struct job *job);
};
