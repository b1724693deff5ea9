// SPDX-License-Identifier: GPL-2.0-only
#include "json.h"

#include "memory.h"

#include <stdio.h>

static json_t *need(json_t *value)
{
	if (!value)
		out_of_memory();
	return value;
}

json_t *json_new_object(void)
{
	return need(json_object());
}

json_t *json_new_array(void)
{
	return need(json_array());
}

void json_add(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, need(value)))
		out_of_memory();
}

void json_add_number(json_t *object, const char *key, uint64_t value)
{
	json_add(object, key, json_integer(value));
}

/* The kernel lets nothing but UTF-8 be a name; the rest of the world might. */
void json_add_text(json_t *object, const char *key, const char *value)
{
	json_t *text = json_string(value);

	json_add(object, key, text ? text : json_string("?"));
}

void json_add_bool(json_t *object, const char *key, bool value)
{
	json_add(object, key, json_boolean(value));
}

void json_add_known(json_t *object, const char *key, bool known, uint64_t value)
{
	json_add(object, key, known ? json_integer(value) : json_null());
}

void json_append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, need(value)))
		out_of_memory();
}

void json_print(json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(value);
}

void json_print_line(json_t *value)
{
	json_dumpf(value, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(value);
}
