/* SPDX-License-Identifier: MIT */
#pragma once

/* Why a pool rejects a share, from the error of its reply. Io thread. */
#include <stdint.h>

#include "bitcoin/reject.h"

/* From the code (0: the pool gave none) and the text of an error. Pure. */
enum reject reject_reason(int64_t code, const char *text);
