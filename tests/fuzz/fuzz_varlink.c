/* SPDX-License-Identifier: MIT */
/* common/varlink: what is taken for a call or a reply can be written and is read back the same. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/varlink.h"
#include "fuzz.h"

static void check_call(const char *text, size_t n)
{
	struct varlink_call call = VARLINK_CALL_NULL, again = VARLINK_CALL_NULL;
	const char *written;
	size_t size;

	if (varlink_call_parse(&call, text, n) != VARLINK_OK)
		return;
	assert(call.message && call.method);
	assert(!call.parameters || json_object_is_type(call.parameters, json_type_object));
	varlink_get_text(call.parameters, "name");
	written = varlink_text(call.message, &size);
	assert(written && size > 0 && written[size - 1] == 0 && strlen(written) == size - 1);
	assert(varlink_call_parse(&again, written, size - 1) == VARLINK_OK);
	assert(strcmp(call.method, again.method) == 0);
	assert(call.more == again.more && call.oneway == again.oneway &&
	       call.upgrade == again.upgrade);
	assert(!call.parameters == !again.parameters);
	varlink_call_deinit(&again);
	varlink_call_deinit(&call);
}

static void check_reply(const char *text, size_t n)
{
	struct varlink_reply reply = VARLINK_REPLY_NULL, again = VARLINK_REPLY_NULL;
	const char *written;
	size_t size;

	if (varlink_reply_parse(&reply, text, n) != VARLINK_OK)
		return;
	assert(reply.message);
	written = varlink_text(reply.message, &size);
	assert(written && size > 0 && written[size - 1] == 0 && strlen(written) == size - 1);
	assert(varlink_reply_parse(&again, written, size - 1) == VARLINK_OK);
	assert(!reply.error == !again.error);
	assert(!reply.error || strcmp(reply.error, again.error) == 0);
	assert(reply.continues == again.continues && !reply.parameters == !again.parameters);
	varlink_reply_deinit(&again);
	varlink_reply_deinit(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* As the stream hands a message out: with a NUL behind it, and none within. */
	size_t n = size ? strnlen((const char *)data, size) : 0;
	char *text = strndup((const char *)data, n);

	assert(text);
	check_call(text, n);
	check_reply(text, n);
	free(text);
	return 0;
}
