/* SPDX-License-Identifier: MIT */
#pragma once

/* Whether client.reconnect may lead from one host to another. Pure; any thread. */
#include <stdbool.h>

/*
 * To the same host, or within the domain that its owner has registered: one label below a suffix of
 * the Public Suffix List, under which everybody may have names ("org", "co.uk", "duckdns.org").
 * Never to or from an address: whoever can put a line into a plain connection could otherwise take
 * the miner away.
 */
bool reconnect_allowed(const char *configured, const char *wanted);
