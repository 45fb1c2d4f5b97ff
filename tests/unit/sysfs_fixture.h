/* SPDX-License-Identifier: MIT */
#pragma once

/* Trees like sysfs for tests, in a folder of the test. */
#include <sched.h>

/* The folder; fixtures that make and remove it. */
extern char sysfs_fixture_root[64];
void sysfs_fixture_setup(void);
void sysfs_fixture_teardown(void);

/* Writes text and a newline into a file below devices/, whose path is formatted. */
void sysfs_fixture_put(const char *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The siblings of each CPU of a list, all threads of one core. */
void sysfs_fixture_core(const char *cpus);

/* A value for each CPU of a list, in a file of the CPU's folder. */
void sysfs_fixture_each(const char *cpus, const char *file, const char *value);

/* 8 performance cores of two threads (CPU 0-15) and 8 efficiency cores (16-23). */
void sysfs_fixture_hybrid(void);

/* "0-7,16" as a set. */
cpu_set_t sysfs_fixture_cpus(const char *text);
