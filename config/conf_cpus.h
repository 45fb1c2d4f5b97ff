/* SPDX-License-Identifier: MIT */
#pragma once

/* The CPUs of this machine and of this process. Internal to config/; any thread. */
#include "config/conf.h"

/* The CPUs that this process may use. Negative errno. */
int conf_cpus_allowed(cpu_set_t *ret);

/* The CPUs of this machine, online or not; where /sys is missing, those that are allowed. */
int conf_cpus_present(cpu_set_t *ret);

/* a without b. */
void conf_cpus_minus(cpu_set_t *ret, const cpu_set_t *a, const cpu_set_t *b);
