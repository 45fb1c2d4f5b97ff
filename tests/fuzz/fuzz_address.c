/* SPDX-License-Identifier: MIT */
/* bitcoin/address: any text is an address with a script of a known form, or is refused. */
#include <assert.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/address.h"
#include "fuzz.h"

static void check_script(const struct address *address)
{
	const uint8_t *script = address->script;
	size_t n = address->script_size;
	bool key = n == 25 && script[0] == 0x76 && script[1] == 0xa9 && script[24] == 0xac;
	bool hash = n == 23 && script[0] == 0xa9 && script[22] == 0x87;
	bool witness =
		n >= 4 && n <= ADDRESS_SCRIPT_MAX && script[1] == n - 2 &&
		(script[0] == 0 ? n == 22 || n == 34 : script[0] > 0x50 && script[0] <= 0x60);

	assert(key + hash + witness == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct address address, again;
	char *text = malloc(size + 1);

	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	if (!address_parse(&address, text)) {
		check_script(&address);
		/* BIP 173: capital letters mean the same. */
		if (strchr("bBtT", text[0])) {
			for (char *c = text; *c; c++)
				*c = (char)(islower((unsigned char)*c)
						    ? toupper((unsigned char)*c)
						    : tolower((unsigned char)*c));
			assert(!address_parse(&again, text));
			assert(again.script_size == address.script_size);
			assert(memcmp(again.script, address.script, address.script_size) == 0);
		}
	}
	free(text);
	return 0;
}
