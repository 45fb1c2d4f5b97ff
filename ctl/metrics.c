/* SPDX-License-Identifier: MIT */
#include "ctl/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "common/utf8.h"
#include "ctl/field.h"

void metrics_head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP minerd_%s %s\n# TYPE minerd_%s %s\n", name, help, name, type);
}

/* A label's value in quotes: backslash, quote and line feed are escaped; it has to be UTF-8. */
static void metrics_label(FILE *out, const char *before, const char *label, const char *value)
{
	size_t end = strlen(value), length;
	uint32_t character;

	fprintf(out, "%s%s=\"", before, label);
	for (size_t n = 0; n < end; n += MAX(length, (size_t)1)) {
		length = utf8_decode(&character, value + n, end - n);
		if (!length)
			fputc('?', out);
		else if (character == '\n')
			fputs("\\n", out);
		else if (character == '"' || character == '\\')
			fprintf(out, "\\%c", value[n]);
		else
			fwrite(value + n, 1, length, out);
	}
	fputc('"', out);
}

/* As few digits as give the same number when they are read. */
static void metrics_value(FILE *out, double value)
{
	char text[32];

	if (isnan(value)) {
		fputs(" NaN\n", out);
		return;
	}
	if (isinf(value)) {
		fputs(value > 0 ? " +Inf\n" : " -Inf\n", out);
		return;
	}
	snprintf(text, sizeof(text), "%.15g", value);
	if (strtod(text, NULL) != value)
		snprintf(text, sizeof(text), "%.17g", value);
	fprintf(out, " %s\n", text);
}

void metrics_sample(FILE *out, const char *name, struct metrics_labels labels, double value)
{
	const char *before = "{";

	fprintf(out, "minerd_%s", name);
	for (size_t i = 0; i < ARRAY_SIZE(labels.name); i++) {
		if (!labels.name[i])
			continue;
		metrics_label(out, before, labels.name[i], labels.value[i]);
		before = ",";
	}
	if (*before == ',')
		fputc('}', out);
	metrics_value(out, value);
}

void metrics_numbers(FILE *out, struct json_object *object, const struct metrics_number *numbers,
		     size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double value = field_number(object, numbers[i].key);

		if (isnan(value))
			continue;
		metrics_head(out, numbers[i].name, numbers[i].type, numbers[i].help);
		metrics_sample(out, numbers[i].name, METRICS_NO_LABELS, value / numbers[i].scale);
	}
}

void metrics_list(FILE *out, struct json_object *list,
		  struct metrics_labels (*labels)(struct json_object *object),
		  const struct metrics_number *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool begun = false;

		for (size_t j = 0; j < field_length(list); j++) {
			struct json_object *object = json_object_array_get_idx(list, j);
			double value = field_number(object, numbers[i].key);

			if (isnan(value))
				continue;
			if (!begun)
				metrics_head(out, numbers[i].name, numbers[i].type,
					     numbers[i].help);
			begun = true;
			metrics_sample(out, numbers[i].name, labels(object),
				       value / numbers[i].scale);
		}
	}
}

void metrics_results(FILE *out, const char *name, struct metrics_labels labels,
		     struct json_object *object, const char *const *results, size_t n)
{
	size_t place = labels.name[0] != NULL;

	labels.name[place] = "result";
	for (size_t i = 0; i < n; i++) {
		double value = field_number(object, results[i]);

		labels.value[place] = results[i];
		if (!isnan(value))
			metrics_sample(out, name, labels, value);
	}
}

void metrics_summary(FILE *out, const char *name, struct metrics_labels labels,
		     struct json_object *latency, struct json_object *last_hour)
{
	static const char *const quantiles[][2] = {
		{"p50", "0.5"}, {"p90", "0.9"}, {"p99", "0.99"}, {"max", "1"}};
	/* A Latency is in microseconds. */
	double count = field_number(latency, "count"), sum = field_number(latency, "sum");
	struct metrics_labels with = labels;
	size_t place = labels.name[0] != NULL;
	char part[64];

	if (isnan(count))
		return;
	with.name[place] = "quantile";
	for (size_t i = 0; i < ARRAY_SIZE(quantiles); i++) {
		with.value[place] = quantiles[i][1];
		metrics_sample(out, name, with,
			       field_count(last_hour, "count")
				       ? field_number(last_hour, quantiles[i][0]) / 1e6
				       : NAN);
	}
	if (!isnan(sum)) {
		snprintf(part, sizeof(part), "%s_sum", name);
		metrics_sample(out, part, labels, sum / 1e6);
	}
	snprintf(part, sizeof(part), "%s_count", name);
	metrics_sample(out, part, labels, count);
}
