/* SPDX-License-Identifier: MIT */
#pragma once

/* The parts of a configuration that have a file of their own. Internal to config/; one thread. */
#include "config/conf_read.h"

/* Reads the list `pools` into conf. */
void conf_read_pools(struct conf_reader *reader, const config_setting_t *root, struct conf *conf);
void conf_pool_deinit(struct conf_pool *pool);

/* The pool's proxy, if it has one. */
void conf_read_proxy(struct conf_reader *reader, const config_setting_t *group,
		     struct conf_pool *pool);

/* Complains about systemd credentials pool-password-NAME without a pool NAME (systemd.exec(5)). */
void conf_check_credentials(struct conf_reader *reader, const config_setting_t *root,
			    const struct conf *conf);

/* The password from password, password_file or the credential of the pool; "x" without any. */
void conf_read_password(struct conf_reader *reader, const config_setting_t *group,
			struct conf_pool *pool);

/* Reads the group `payout` of a pool. */
void conf_read_payout(struct conf_reader *reader, const config_setting_t *group,
		      struct conf_payout *ret);

/* Reads the list `workers`, or makes the default of it: every allowed CPU with kernel "auto". */
void conf_read_workers(struct conf_reader *reader, const config_setting_t *root, struct conf *conf);
void conf_workers_deinit(struct conf_workers *workers);
