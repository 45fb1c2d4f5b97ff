/* SPDX-License-Identifier: MIT */
/* bitcoin/coinbase: any bytes are refused, or have outputs that lie within them and add up. */
#include <assert.h>

#include "bitcoin/coinbase.h"
#include "bitcoin/coinbase_height.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct coinbase coinbase;
	uint64_t total = 0;
	size_t offset;

	assert(coinbase_height(data, size) < COINBASE_HEIGHT_END);
	if (coinbase_parse(&coinbase, data, size))
		return 0;
	assert(coinbase.script_offset + coinbase.script_size <= coinbase.outputs_offset);
	offset = coinbase.outputs_offset;
	for (size_t i = 0; i < coinbase.n_outputs; i++) {
		size_t begin = offset;
		struct coinbase_output output = coinbase_output(&coinbase, &offset);

		assert(output.script >= data + begin && offset <= size);
		assert(output.script + output.script_size == data + offset);
		assert(coinbase_paid(&coinbase, output.script, output.script_size) >= output.value);
		total += output.value;
		if (i > 64)
			return 0; /* the square of what follows is long */
	}
	assert(total == coinbase.total && total <= COINBASE_MONEY_MAX);
	assert(offset + 4 == size);
	return 0;
}
