/* SPDX-License-Identifier: MIT */
/*
 * common/line: the first byte picks the delimiter and the second how the rest is cut into receives;
 * whatever the cut, the lines are those that a search from the beginning finds.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "common/line.h"
#include "fuzz.h"

/* The line that begins at *at, as a plain search has it; false when it has no end. */
static bool expect(const uint8_t *text, size_t n, size_t *at, char delimiter, size_t *ret_begin,
		   size_t *ret_size)
{
	const uint8_t *end = n > *at ? memchr(text + *at, delimiter, n - *at) : NULL;

	if (!end)
		return false;
	*ret_begin = *at;
	*ret_size = (size_t)(end - text) - *at;
	*at += *ret_size + 1;
	if (delimiter == '\n' && *ret_size && end[-1] == '\r')
		--*ret_size;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char delimiter = size && data[0] & 1 ? '\0' : '\n';
	struct line_buffer buffer = LINE_BUFFER_NULL(delimiter);
	size_t step = size > 1 ? data[1] + 1u : 1, at = 0, checked = 0, begin, n;
	const uint8_t *text = size > 2 ? data + 2 : data;
	char *line;

	size -= size > 2 ? 2 : size;
	while (at < size) {
		size_t room, part;
		char *space;
		int r = line_space(&buffer, &space, &room);

		if (r < 0)
			break;
		part = room < step ? room : step;
		part = part < size - at ? part : size - at;
		memcpy(space, text + at, part);
		line_received(&buffer, part);
		at += part;
		while (line_next(&buffer, &line, &n)) {
			bool waits = line_waits(&buffer);
			size_t want = 0;

			assert(waits == (memchr(buffer.data + buffer.start, delimiter,
						buffer.used) != NULL));
			assert(expect(text, at, &checked, delimiter, &begin, &want));
			assert(n == want && memcmp(line, text + begin, n) == 0 && line[n] == 0);
		}
		assert(!expect(text, at, &checked, delimiter, &begin, &n));
	}
	line_deinit(&buffer);
	return 0;
}
