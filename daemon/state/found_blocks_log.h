/* SPDX-License-Identifier: MIT */
#pragma once

/* Log messages about blocks that were found. Io thread only. */
#include "state/found_block.h"

/* It is not on the disk, or not yet. */
void found_blocks_log_unsaved(const struct found_block *record, const char *reason);

/* It was found before the daemon started, and no node has answered. */
void found_blocks_log_restored(const struct found_block *record);

/* Newer ones are submitted in its place. */
void found_blocks_log_given_up(const struct found_block *record);

/* What the node of a pool says of it, in record->answer. */
void found_blocks_log_answer(const struct found_block *record, const char *pool,
			     enum block_verdict verdict);

/* Its place in the chain. */
void found_blocks_log_confirmed(const struct found_block *record);
void found_blocks_log_orphaned(const struct found_block *record, uint32_t tip);
void found_blocks_log_back(const struct found_block *record);

/* A file in the state directory; r: of setting it aside, a negative errno if that failed. */
void found_blocks_log_bad_file(const char *directory, const char *name, const char *wrong, int r);
void found_blocks_log_unwritable(const char *directory, const char *name, int error);
