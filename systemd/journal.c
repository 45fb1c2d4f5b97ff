/* SPDX-License-Identifier: MIT */
/* An entry is built on the stack: no lock, no heap, nothing kept. */
#include "systemd/journal.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* The place in the source would be that of the sink, not of the event. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "common/container.h"

/* Of the native protocol, https://systemd.io/JOURNAL_NATIVE_PROTOCOL. */
#define JOURNAL_SOCKET "/run/systemd/journal/socket"

enum { JOURNAL_OWN_FIELDS = 3 /* before those of the event */ };

bool journal_wanted(void)
{
	const char *text = getenv("JOURNAL_STREAM");
	uint64_t device, inode;
	struct stat status;
	char *end;

	if (!text)
		return false;
	device = strtoull(text, &end, 10);
	if (*end != ':')
		return false;
	inode = strtoull(end + 1, &end, 10);
	if (*end)
		return false;
	return fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device &&
	       status.st_ino == inode;
}

/* Appends "NAME=value" to the entry. */
static size_t journal_field(struct iovec *ret, char *buffer, size_t room, const char *name,
			    const char *value)
{
	int n = snprintf(buffer, room, "%s=%s", name, value);

	*ret = (struct iovec){buffer, MIN((size_t)n, room - 1)};
	return ret->iov_len;
}

/* Negative errno: the journal has not accepted it. */
static int journal_send(enum log_level level, const char *text, const struct log_field *fields)
{
	char message[sizeof("MESSAGE=") + LOG_TEXT_MAX], priority[sizeof("PRIORITY=7")];
	char buffer[JOURNAL_ENTRY_MAX];
	struct iovec entry[JOURNAL_OWN_FIELDS + LOG_FIELDS_MAX];
	char digit[] = {(char)('0' + level), '\0'};
	size_t used = 0;
	int n = JOURNAL_OWN_FIELDS;

	/* Without the socket, sd_journal_sendv(3) returns success. */
	if (access(JOURNAL_SOCKET, F_OK) < 0)
		return -errno;
	journal_field(&entry[0], message, sizeof(message), "MESSAGE", text);
	journal_field(&entry[1], priority, sizeof(priority), "PRIORITY", digit);
	entry[2] = (struct iovec){(void *)"SYSLOG_IDENTIFIER=minerd",
				  strlen("SYSLOG_IDENTIFIER=minerd")};
	for (; fields->name && n < JOURNAL_OWN_FIELDS + LOG_FIELDS_MAX; fields++, n++) {
		size_t room = sizeof(buffer) - used;

		/* A name without its "=" would make the journal refuse the whole entry. */
		if (room < strlen(fields->name) + sizeof("="))
			break;
		used += journal_field(&entry[n], buffer + used, room, fields->name, fields->value);
	}
	return sd_journal_sendv(entry, n);
}

void journal_sink(enum log_level level, const char *text, const struct log_field *fields)
{
	bool to_stderr = level == LOG_LEVEL_ERROR && !fields->name;

	if (to_stderr || journal_send(level, text, fields) < 0)
		dprintf(STDERR_FILENO, "<%d>%s\n", (int)level, text);
}
