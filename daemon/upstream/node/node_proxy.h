/* SPDX-License-Identifier: MIT */
#pragma once

/* The SOCKS5 proxy of a node as a URL, as libcurl wants it. Pure; any thread. */
#include "config/conf.h"

enum { NODE_PROXY_MAX = 8 * CONF_TEXT_MAX };

/* "socks5h://[USER:PASSWORD@]HOST:PORT"; "": there is none. */
void node_proxy_url(char ret[NODE_PROXY_MAX], const struct conf_proxy *proxy);
