/* SPDX-License-Identifier: MIT */
/* One lane in plain C, for every architecture; in loops, as nobody knows its caches. */
#include <stdint.h>

#include "miner/kernels.h"

typedef uint32_t lanes;

enum { LANES = 1, STREAMS = 1 };

#define lanes_set(x)		  ((uint32_t)(x))
#define lanes_load(p)		  (*(p))
#define lanes_store(p, x)	  (*(p) = (x))
#define lanes_count()		  0
#define lanes_add(a, b)		  ((a) + (b))
#define lanes_ror(x, n)		  ((x) >> (n) | (x) << (32 - (n)))
#define lanes_shr(x, n)		  ((x) >> (n))
#define lanes_xor(a, b)		  ((a) ^ (b))
#define lanes_xor3(a, b, c)	  ((a) ^ (b) ^ (c))
#define lanes_ch(e, f, g)	  ((g) ^ ((e) & ((f) ^ (g))))
#define lanes_zero(x, mask)	  (((x) & (mask)) == 0)
#define lanes_leave()		  ((void)0)
#define lanes_maj(a, b, c, chain) chained_maj(a, b, chain)

/* Of the round before, *chain holds its a ^ b, which is this round's b ^ c. */
static inline __attribute__((always_inline)) lanes chained_maj(lanes a, lanes b, lanes *chain)
{
	lanes b_c = *chain;

	*chain = a ^ b;
	return b ^ (*chain & b_c);
}

#define LANES_SECTION "hot_generic"
#include "miner/kernel_lanes_rolled.h"
#include "miner/kernel_lanes_scan.h"

const struct kernel kernel_generic = {
	.name = "generic",
	.isa = "any",
	.supported = kernel_supported_generic,
	.prepare = lanes_prepare,
	.prepare_begin = lanes_prepare_begin,
	.prepare_end = lanes_prepare_end,
	.scan = lanes_scan,
};
