/* SPDX-License-Identifier: MIT */
#pragma once

/* A proxy's URL, socks5://[USER:PASSWORD@]HOST:PORT, taken apart. Pure; any thread. */
#include "config/conf.h"

/* Characters: each byte of user and password may be written as %XX. */
enum { CONF_PROXY_MAX = 2048 };

/*
 * NULL, or what is wrong and what would be right, without any part of the URL, which may have a
 * password; then ret is untouched.
 */
const char *conf_proxy_parse(struct conf_proxy *ret, const char *url);

bool conf_proxy_equal(const struct conf_proxy *a, const struct conf_proxy *b);
