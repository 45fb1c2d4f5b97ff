/* SPDX-License-Identifier: MIT */
/* Invariant: list[0 .. n] is sorted by order, and of two with the same the earlier comes first. */
#include "config/conf_messages.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/utf8.h"

void conf_messages_deinit(struct conf_messages *messages)
{
	for (size_t i = 0; i < messages->n; i++)
		free(messages->list[i].text);
	*messages = CONF_MESSAGES_NULL;
}

/* Escapes text for a terminal: bytes that are not UTF-8 and control characters become \xNN. */
static char *conf_printable(const char *text)
{
	size_t n = strlen(text), used = 0;
	char *ret = malloc(4 * n + 1);

	for (size_t i = 0; ret && i < n;) {
		uint32_t character = 0;
		size_t size = utf8_decode(&character, text + i, n - i);

		if (size && !utf8_is_control(character)) {
			memcpy(ret + used, text + i, size);
			used += size;
			i += size;
			continue;
		}
		used += (size_t)snprintf(ret + used, 5, "\\x%02x", (unsigned char)text[i++]);
	}
	if (ret)
		ret[used] = '\0';
	return ret;
}

/*
 * Makes space for an error in a full list: drops a warning, or else the last error. false: the
 * new error is the last one.
 */
static bool conf_messages_make_room(struct conf_messages *messages, unsigned order)
{
	size_t victim = messages->n - 1;

	while (victim && messages->list[victim].severity == CONF_ERROR)
		victim--;
	if (messages->list[victim].severity == CONF_ERROR) {
		victim = messages->n - 1;
		if (order >= messages->list[victim].order)
			return false;
	}
	free(messages->list[victim].text);
	memmove(&messages->list[victim], &messages->list[victim + 1],
		(messages->n - victim - 1) * sizeof(messages->list[0]));
	messages->n--;
	return true;
}

static void conf_messages_insert(struct conf_messages *messages, struct conf_message message)
{
	size_t at = messages->n;

	while (at && messages->list[at - 1].order > message.order)
		at--;
	memmove(&messages->list[at + 1], &messages->list[at],
		(messages->n - at) * sizeof(messages->list[0]));
	messages->list[at] = message;
	messages->n++;
}

int conf_messages_add(struct conf_messages *messages, enum conf_severity severity,
		      struct conf_place place, const char *format, ...)
{
	CLEANUP(cleanup_free) char *raw = NULL;
	char message[CONF_MESSAGE_MAX], line[16] = "";
	va_list args;
	char *text;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (place.line)
		snprintf(line, sizeof(line), ":%u", place.line);
	if (asprintf(&raw, "%s%s: %s%s", place.file, line,
		     severity == CONF_WARNING ? "warning: " : "", message) < 0) {
		raw = NULL;
		return -ENOMEM;
	}
	text = conf_printable(raw);
	if (!text)
		return -ENOMEM;
	messages->n_errors += severity == CONF_ERROR;
	if (messages->n == CONF_MESSAGES_MAX) {
		messages->omitted++;
		if (severity == CONF_WARNING || !conf_messages_make_room(messages, place.order)) {
			free(text);
			return 0;
		}
	}
	conf_messages_insert(messages, (struct conf_message){severity, place.order, text});
	return 0;
}
