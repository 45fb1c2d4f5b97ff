/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Reads the configuration with the checks that config/ leaves to the daemon: names of kernels,
 * addresses, certificates. Where a node is configured, it loads what talks to nodes (http_load()),
 * and warns if it cannot. Blocks on files; any thread, but one at a time.
 */
#include "config/conf.h"

/* conf_load(); service_user: as in struct conf_known. */
int load_conf(struct conf *ret, const char *file, const char *service_user,
	      struct conf_messages *messages);

/* conf_load_lines() */
int load_lines(struct conf *ret, const struct conf_line *lines, size_t n,
	       struct conf_messages *messages);
