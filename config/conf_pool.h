/* SPDX-License-Identifier: MIT */
#pragma once

/* What the keys of a pool demand of each other. Internal to config/. */
#include "config/conf_read.h"

/* The password that is sent when none is given; it is no secret. */
#define CONF_DEFAULT_PASSWORD "x"

/* The password from password, password_file or the credential of the pool, which has a name. */
void conf_read_password(struct conf_reader *reader, const config_setting_t *group,
			const struct conf_found *found, struct conf_pool *pool);

/* Warns if others can read the file of a setting that holds a secret, once for each file. */
void conf_warn_of_readers(struct conf_reader *reader, const config_setting_t *setting,
			  const char *name);

/* Complains about systemd credentials pool-password-NAME without a pool NAME (systemd.exec(5)). */
void conf_check_credentials(struct conf_reader *reader, const config_setting_t *pools,
			    const struct conf *conf);
