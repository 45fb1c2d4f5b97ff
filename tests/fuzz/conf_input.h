/* SPDX-License-Identifier: MIT */
#pragma once

/* A configuration file that is a fuzzer's input, or a part of that. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/conf.h"

struct conf_input {
	int fd; /* of the file in memory */
	char path[32];
	int result; /* of conf_load() */
	struct conf conf;
	struct conf_messages messages;
};

/* Whether the text names no file of this machine, which would be another input. */
bool conf_input_is_whole(const uint8_t *text, size_t size);

/* Loads a text that is whole. */
void conf_input_init(struct conf_input *input, const uint8_t *text, size_t size);

void conf_input_deinit(struct conf_input *input);
