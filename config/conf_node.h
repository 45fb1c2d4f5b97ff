/* SPDX-License-Identifier: MIT */
#pragma once

/* The rules between the keys of a node, which is mined on by getblocktemplate. Internal to config/.
 */
#include "config/conf_read.h"

/*
 * Sets the defaults that are a node's own, and reports what it lacks or has twice. Nothing for a
 * Stratum pool. After conf_read_password().
 */
void conf_read_node(struct conf_reader *reader, const config_setting_t *group,
		    const struct conf_found *found, struct conf_pool *pool);
