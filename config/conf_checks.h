/* SPDX-License-Identifier: MIT */
#pragma once

/* Checks of single values beyond their type and range. Internal to config/. */
#include "config/conf_read.h"

/* tls_pin: "sha256//" and 44 characters of base64. */
void conf_check_pin(struct conf_reader *reader, const struct conf_key *key,
		    const config_setting_t *setting, void *base);

/* A Bitcoin address, as conf_known decides. */
void conf_check_address(struct conf_reader *reader, const struct conf_key *key,
			const config_setting_t *setting, void *base);

/* cookie_file: one that is there, which may change, must be readable for the service. */
void conf_check_cookie(struct conf_reader *reader, const struct conf_key *key,
		       const config_setting_t *setting, void *base);

/* "auto" or a kernel of conf_known. */
void conf_check_kernel(struct conf_reader *reader, const struct conf_key *key,
		       const config_setting_t *setting, void *base);

/* An absolute path. */
void conf_check_absolute(struct conf_reader *reader, const struct conf_key *key,
			 const config_setting_t *setting, void *base);

/* An absolute path of a directory that exists. */
void conf_check_directory(struct conf_reader *reader, const struct conf_key *key,
			  const config_setting_t *setting, void *base);
