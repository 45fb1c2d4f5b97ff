/* SPDX-License-Identifier: MIT */
#pragma once

/* The password of a pool, and the rules between its keys. Internal to config/. */
#include "config/conf_read.h"

/* The password that is sent when none is given; it is no secret. */
#define CONF_DEFAULT_PASSWORD "x"

/* Sets the password from password, password_file, or the credential of the pool's name. */
void conf_read_password(struct conf_reader *reader, const config_setting_t *group,
			const struct conf_found *found, struct conf_pool *pool);

/* Warns if every user can read the file that a setting with a secret is in, once per file. */
void conf_warn_of_readers(struct conf_reader *reader, const config_setting_t *setting,
			  const char *name);

/* Reports systemd credentials pool-password-NAME without a pool NAME (systemd.exec(5)). */
void conf_check_credentials(struct conf_reader *reader, const config_setting_t *pools,
			    const struct conf *conf);
