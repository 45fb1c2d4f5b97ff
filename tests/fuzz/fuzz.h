/* SPDX-License-Identifier: MIT */
#pragma once

/* What libFuzzer calls, and replay.c for each file of a corpus. Always 0; faults abort. */
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
