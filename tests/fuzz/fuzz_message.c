/* SPDX-License-Identifier: MIT */
/* upstream/stratum/message: any line is a message within its bounds, or is refused with a reason.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "upstream/stratum/message.h"

static void check_reply(const struct message *message)
{
	struct message_text id, extranonce1;
	int64_t size;
	uint32_t mask;

	assert(message->id >= -1 && message->id <= UINT32_MAX && message->reply.error.text);
	if (!message_subscribed(message, &id, &extranonce1, &size))
		assert(strlen(extranonce1.data) == extranonce1.size && strlen(id.data) == id.size &&
		       extranonce1.size <= 2 * JOB_EXTRANONCE1_MAX);
	if (!message_configured(message, &mask))
		assert(mask == 0);
	assert(!message->reply.error.given || message->reply.error.rejected);
	assert(!message->reply.error.given || !message_authorized(message));
}

static void check(const struct message *message)
{
	const struct message_text *host = &message->reconnect.host;

	assert(strlen(message->id_text) <= MESSAGE_PING_ID_MAX);
	switch (message->kind) {
	case MESSAGE_REPLY:
		check_reply(message);
		break;
	case MESSAGE_SET_DIFFICULTY:
		assert(isfinite(message->difficulty) && message->difficulty > 0);
		break;
	case MESSAGE_SET_EXTRANONCE:
		assert(message->extranonce.extranonce1.size <= 2 * JOB_EXTRANONCE1_MAX);
		break;
	case MESSAGE_RECONNECT:
		assert(strlen(host->data) == host->size && host->size <= MESSAGE_HOST_MAX);
		assert(message->reconnect.port <= 65535);
		break;
	case MESSAGE_SHOW_MESSAGE:
		assert(strlen(message->text.data) == message->text.size);
		break;
	case MESSAGE_UNKNOWN:
		assert(message->method);
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message message = MESSAGE_NULL;
	char *line = malloc(size + 1);
	size_t at = 0, used = 0;

	assert(line);
	memcpy(line, data, size);
	line[size] = 0;
	do {
		const char *note = NULL;

		if (message_parse(&message, line + at, size - at, &used, &note) == MESSAGE_OK)
			check(&message);
		else
			assert(note && !message.root);
		message_deinit(&message);
		message_deinit(&message);
		assert(used <= size - at && (used || at == size));
		at += used;
	} while (at < size);
	free(line);
	return 0;
}
