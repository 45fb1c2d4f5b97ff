/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Prometheus's text format, version 0.0.4, from members of a status: each metric is metrics_head()
 * and its samples. Names are without the "minerd_" that they begin with. What the object does not
 * have is left out. Output only; one thread.
 */
#include <json-c/json.h>
#include <stdio.h>

/* A number of an object: the status, its "shares", a pool or a worker. */
struct metrics_number {
	const char *key, *name, *type, *help;
	double scale; /* that the number is divided by, to be in the base unit */
};

/* Up to two labels; NULL: left out. */
struct metrics_labels {
	const char *name[2], *value[2];
};

#define METRICS_NO_LABELS ((struct metrics_labels){})

/* type: "counter", "gauge", "summary". help is one line without a backslash. */
void metrics_head(FILE *out, const char *name, const char *type, const char *help);

void metrics_sample(FILE *out, const char *name, struct metrics_labels labels, double value);

/* Metrics of one sample: numbers of an object. */
void metrics_numbers(FILE *out, struct json_object *object, const struct metrics_number *numbers,
		     size_t n);

/* Metrics with a sample for each object of a list, told apart by its labels. */
void metrics_list(FILE *out, struct json_object *list,
		  struct metrics_labels (*labels)(struct json_object *object),
		  const struct metrics_number *numbers, size_t n);

/* Samples of one name: counts of an object, with the label "result" behind what labels has. */
void metrics_results(FILE *out, const char *name, struct metrics_labels labels,
		     struct json_object *object, const char *const *results, size_t n);

/*
 * The samples of a summary from two Latencies of the status: sum and count from the one since the
 * start, quantiles from that of the last hour. labels has at most one label.
 */
void metrics_summary(FILE *out, const char *name, struct metrics_labels labels,
		     struct json_object *latency, struct json_object *last_hour);
