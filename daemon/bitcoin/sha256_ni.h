/* SPDX-License-Identifier: MIT */
#pragma once

/* The SHA extensions of x86-64; only with CPU_SHA (common/cpu.h). Pure; any thread. */
#include "bitcoin/sha256.h"

sha256_compress_fn sha256_compress_ni;
sha256_fold_fn sha256_fold_ni;
