/* SPDX-License-Identifier: MIT */
#include "ctl/failure.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/assert.h"

int failure_set(struct failure *failure, int error, const char *format, ...)
{
	va_list args;

	assert(error > 0);
	*failure = (struct failure){};
	va_start(args, format);
	vsnprintf(failure->reason, sizeof(failure->reason), format, args);
	va_end(args);
	return -error;
}

void failure_advise(struct failure *failure, const char *format, ...)
{
	va_list args;

	assert(*failure->reason);
	va_start(args, format);
	vsnprintf(failure->advice, sizeof(failure->advice), format, args);
	va_end(args);
}
