/* SPDX-License-Identifier: MIT */
#pragma once

/* Stratum v1 as a kind of upstream: a session of stratum/. Internal to upstream/. Io thread. */
#include "upstream/stratum/session.h"
#include "upstream/upstream_kind.h"

struct upstream_stratum {
	struct upstream *upstream;
	struct session session;
};

extern const struct upstream_kind upstream_stratum_kind;
