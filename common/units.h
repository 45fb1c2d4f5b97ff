/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Numbers as people read them: three significant digits and a unit. Each writes into ret, at most
 * UNITS_MAX bytes, and returns it. Pure; any thread. As an argument of printf():
 *
 *	units_hashrate((char[UNITS_MAX]){}, rate)
 */

enum { UNITS_MAX = 24 };

/* "51.4 MH/s" of hashes a second. */
char *units_hashrate(char ret[UNITS_MAX], double rate);

/* "12.3 T" of a count, with unit after it: units_count(text, hashes, "H") is "12.3 TH". */
char *units_count(char ret[UNITS_MAX], double count, const char *unit);

/* "0.001", "512", "16.4k", "1.2M". */
char *units_difficulty(char ret[UNITS_MAX], double difficulty);

/* "45s", "3m 20s", "3h 12m", "12d 03h", "27.4 years", "3.1 million years" of seconds. */
char *units_duration(char ret[UNITS_MAX], double seconds);

/* "850 µs", "1.30 s" of seconds; as units_duration() from a minute on. */
char *units_interval(char ret[UNITS_MAX], double seconds);

/* "850 ns", "12.3 µs", "1.20 ms", "3.50 s" of microseconds. */
char *units_microseconds(char ret[UNITS_MAX], double us);
