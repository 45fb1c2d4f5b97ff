/* SPDX-License-Identifier: MIT */
/*
 * io/socks: the first byte picks whether there is a user and what host is asked for, the second how
 * the rest, which is what the proxy sends, is cut into receives. It opens on nothing but the bytes
 * that the standard has, and takes none beyond them.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "fuzz.h"
#include "io/socks.h"

/* How many bytes a proxy that lets us through sends (RFC 1928, RFC 1929); 0: these are not such. */
static size_t expect(const uint8_t *bytes, size_t n, bool with_user)
{
	const uint8_t greeting[] = {5, with_user ? 2 : 0};
	size_t at = with_user ? 4 : 2, size;

	if (n < at + 5 || memcmp(bytes, greeting, 2) != 0 || (with_user && bytes[3] != 0) ||
	    bytes[at] != 5 || bytes[at + 1] != 0)
		return 0;
	switch (bytes[at + 3]) {
	case 1:
		size = 10;
		break;
	case 3:
		size = 7 + (size_t)bytes[at + 4];
		break;
	case 4:
		size = 22;
		break;
	default:
		return 0;
	}
	return n < at + size ? 0 : at + size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const hosts[] = {"pool.example", "192.0.2.7", "2001:db8::7", "1.2.3"};
	bool with_user = size && data[0] & 1;
	size_t step = size > 1 ? data[1] + 1u : 1, at = 0, wanted;
	const uint8_t *bytes = size > 2 ? data + 2 : data;
	struct socks socks;

	socks_init(&socks, &(struct socks_settings){
				   .host = hosts[size ? data[0] >> 1 & 3 : 0],
				   .port = 3333,
				   .user = with_user ? "user" : "",
				   .password = with_user ? "password" : "",
			   });
	size -= size > 2 ? 2 : size;
	while (socks.state != SOCKS_OPEN && socks.state != SOCKS_FAILED && at < size) {
		uint8_t *space = socks_space(&socks, &wanted);
		enum socks_state before = socks.state;

		assert(wanted > 0 && space >= socks.in && socks.out_size > 0);
		assert(space + wanted <= socks.in + sizeof(socks.in));
		wanted = wanted < step ? wanted : step;
		wanted = wanted < size - at ? wanted : size - at;
		memcpy(space, bytes + at, wanted);
		at += wanted;
		assert(socks_received(&socks, wanted) == (socks.state > before));
		assert(socks.out_size <= sizeof(socks.out));
		assert((socks.state == SOCKS_FAILED) == (socks.reason[0] != 0));
	}
	if (socks.state == SOCKS_OPEN)
		assert(at == expect(bytes, size, with_user));
	else
		assert(expect(bytes, size, with_user) == 0);
	return 0;
}
