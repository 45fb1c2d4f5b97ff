/* SPDX-License-Identifier: MIT */
#include "upstream/node/template_scan.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "upstream/node/json_field.h"

bool template_refuse(struct template_scan *scan, const char *format, ...)
{
	int n = snprintf(scan->reason, TEMPLATE_REASON_MAX, "block template: ");
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(scan->reason + n, (size_t)(TEMPLATE_REASON_MAX - n), format, arguments);
	va_end(arguments);
	return false;
}

bool template_number(struct template_scan *scan, const char *name, int64_t min, int64_t max,
		     int64_t *ret)
{
	struct json_object *value = json_field(scan->result, name);

	if (!value && *ret != INT64_MIN)
		return true;
	if (!value)
		return template_refuse(scan, "%s is missing", name);
	if (json_field_integer(ret, value, min, max))
		return true;
	if (max == INT64_MAX)
		return template_refuse(scan, "%s must be a whole number from %" PRId64 " on", name,
				       min);
	return template_refuse(scan, "%s must be a whole number from %" PRId64 " to %" PRId64, name,
			       min, max);
}
