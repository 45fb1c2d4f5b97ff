/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The height of a block from its coinbase: the first push of the input's script (BIP 34). Pure; any
 * thread.
 */
#include <stddef.h>
#include <stdint.h>

/* Heights are below it. Coinbases of before BIP 34 begin with a push of nbits, which is above. */
#define COINBASE_HEIGHT_END (UINT32_C(1) << 28)

/*
 * From the first size bytes of a coinbase, which may be anything and may lack its end: what a pool
 * fixes before the extranonces is enough. 0: there is no height, or not in the form that consensus
 * demands.
 */
uint32_t coinbase_height(const uint8_t *bytes, size_t size);
