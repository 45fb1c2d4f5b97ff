/* SPDX-License-Identifier: MIT */
#pragma once

/* A node's getblocktemplate as a kind of upstream: node/. Internal to upstream/. Io thread. */
#include "upstream/node/node.h"
#include "upstream/upstream_kind.h"

struct upstream_node {
	struct upstream *upstream;
	struct node node;
};

extern const struct upstream_kind upstream_node_kind;
