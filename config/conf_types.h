/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The types of configuration keys, and the struct member that the value of each goes to. Internal
 * to config/.
 */
#include "config/conf_read.h"

extern const struct conf_type conf_type_bool;	 /* bool */
extern const struct conf_type conf_type_count;	 /* unsigned: a whole number */
extern const struct conf_type conf_type_number;	 /* double */
extern const struct conf_type conf_type_percent; /* unsigned: millionths, CONF_PPM */
extern const struct conf_type conf_type_string;	 /* char *: owned; NULL without a default */
extern const struct conf_type conf_type_choice;	 /* int, or an enum: the value of a conf_choice */
extern const struct conf_type conf_type_switch;	 /* bool: the value of a conf_choice */
extern const struct conf_type conf_type_group;	 /* none: the keys of key->holds have their own */

/* conf_pool.c: struct conf_pool alone. */
extern const struct conf_type conf_type_pools;	       /* the list; struct conf */
extern const struct conf_type conf_type_url;	       /* url; host, port and transport too */
extern const struct conf_type conf_type_certificates;  /* tls_ca; tls_ca_pem too */
extern const struct conf_type conf_type_proxy;	       /* struct conf_proxy */
extern const struct conf_type conf_type_password_file; /* none: conf_read_password() reads it */

/* conf_workers.c */
extern const struct conf_type conf_type_workers; /* the list; struct conf */
extern const struct conf_type conf_type_cpus;	 /* cpu_set_t */
