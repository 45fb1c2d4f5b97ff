/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The lines that we send. Each function writes a whole line with its end and returns its length in
 * bytes, or 0 when it does not fit into size. Pure; any thread.
 */
#include <stddef.h>
#include <stdint.h>

#include "bitcoin/share.h"

/* BIP 320's bits: what is asked for, and the most that is ever rolled. */
#define ENCODE_VERSION_MASK UINT32_C(0x1fffe000)

/* BIP 310, asking for ENCODE_VERSION_MASK. */
size_t encode_configure(char *ret, size_t size, uint32_t id);

/* past: the id of the subscription to go on with, empty for none. */
size_t encode_subscribe(char *ret, size_t size, uint32_t id, const char *user_agent,
			const char *past);
size_t encode_authorize(char *ret, size_t size, uint32_t id, const char *user,
			const char *password);
size_t encode_extranonce_subscribe(char *ret, size_t size, uint32_t id);

/* A number, an integer from 1 on. */
size_t encode_suggest_difficulty(char *ret, size_t size, uint32_t id, double difficulty);

/* Five params, or six with the version bits that were rolled: work_says_version(). */
size_t encode_submit(char *ret, size_t size, uint32_t id, const char *user,
		     const struct share *share, bool version_bits);

/* Answers to the pool's mining.ping and client.get_version; id is JSON text, returned unchanged. */
size_t encode_pong(char *ret, size_t size, const char *id);
size_t encode_version(char *ret, size_t size, const char *id, const char *user_agent);
