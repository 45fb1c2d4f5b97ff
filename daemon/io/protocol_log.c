/* SPDX-License-Identifier: MIT */
#include "io/protocol_log.h"

#include "common/escape.h"
#include "common/log.h"

void protocol_log(enum protocol_log_direction direction, const char *pool, const char *line,
		  size_t n)
{
	char text[PROTOCOL_LOG_MAX + 1];

	while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
		n--;
	log_unlimited(LOG_LEVEL_INFO, "pool %s: %s %s", pool,
		      direction == PROTOCOL_LOG_SENT ? ">" : "<",
		      escape_text(text, sizeof(text), line, n));
}
