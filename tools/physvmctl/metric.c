// SPDX-License-Identifier: GPL-2.0-only
#include "metric.h"

#include "json.h"

void metric_family(json_t *metrics, const char *name, const char *type, const char *unit,
		   const char *help)
{
	json_t *family = json_new_object();

	json_add_text(family, "name", name);
	json_add_text(family, "type", type);
	json_add_text(family, "unit", unit);
	json_add_text(family, "help", help);
	json_add(family, "samples", json_new_array());
	json_append(metrics, family);
}

static json_t *new_sample(json_t *metrics, const char *suffix, uint64_t value)
{
	json_t *family = json_array_get(metrics, json_array_size(metrics) - 1);
	json_t *sample = json_new_object();

	json_add_text(sample, "suffix", suffix);
	json_add(sample, "labels", json_new_object());
	json_add_number(sample, "value", value);
	json_append(json_object_get(family, "samples"), sample);
	return json_object_get(sample, "labels");
}

void metric_sample(json_t *metrics, const char *suffix, const char *label, const char *is,
		   uint64_t value)
{
	json_t *labels = new_sample(metrics, suffix, value);

	if (label)
		json_add_text(labels, label, is);
}

void metric_sample2(json_t *metrics, const char *suffix, const char *label1, const char *is1,
		    const char *label2, const char *is2, uint64_t value)
{
	json_t *labels = new_sample(metrics, suffix, value);

	json_add_text(labels, label1, is1);
	json_add_text(labels, label2, is2);
}

static const char *text_of(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void print_escaped(const char *text, FILE *to)
{
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", to);
		else if (*text == '\\' || *text == '"')
			fprintf(to, "\\%c", *text);
		else
			fputc(*text, to);
	}
}

static void print_labels(json_t *labels, FILE *to)
{
	const char *separator = "{";
	const char *label;
	json_t *is;

	json_object_foreach(labels, label, is) {
		fprintf(to, "%s%s=\"", separator, label);
		print_escaped(json_string_value(is), to);
		fputc('"', to);
		separator = ",";
	}
	if (json_object_size(labels))
		fputc('}', to);
}

static void print_head(json_t *family, FILE *to)
{
	const char *name = text_of(family, "name"), *unit = text_of(family, "unit");

	fprintf(to, "# TYPE %s %s\n", name, text_of(family, "type"));
	if (*unit)
		fprintf(to, "# UNIT %s %s\n", name, unit);
	fprintf(to, "# HELP %s ", name);
	print_escaped(text_of(family, "help"), to);
	fputc('\n', to);
}

void metrics_print(json_t *metrics, FILE *to)
{
	json_t *family, *sample;
	size_t i, k;

	json_array_foreach(metrics, i, family) {
		print_head(family, to);
		json_array_foreach(json_object_get(family, "samples"), k, sample) {
			fprintf(to, "%s%s", text_of(family, "name"), text_of(sample, "suffix"));
			print_labels(json_object_get(sample, "labels"), to);
			fprintf(to, " %" JSON_INTEGER_FORMAT "\n",
				json_integer_value(json_object_get(sample, "value")));
		}
	}
	fputs("# EOF\n", to);
}
