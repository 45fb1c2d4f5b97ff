/* SPDX-License-Identifier: MIT */
#pragma once

/* Operations of the ring that fail, with each errno that their manual pages name. */
#include <stdbool.h>

#include "fake_ring.h"

extern const struct fake_ring_hooks faults_hooks;

/* No operation fails. */
void faults_begin(void);

/* One of so many network or file operations fails from now on; 0: none. */
void faults_network(unsigned one_in);
void faults_files(unsigned one_in);

/* A file operation takes up to so many ms. */
void faults_slow_disk(unsigned ms);

/* Whether a request of HTTP fails now, as network operations do. */
bool faults_http(void);

/* Whether files fail, or are slow. */
bool faults_rough(void);

/* Operations that have failed. */
unsigned long faults_count(void);
