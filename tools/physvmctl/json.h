/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON: objects whose keys are documented in physvmctl(8).
 */
#ifndef JSON_H
#define JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* An object or array is new, and given away with json_print() or by adding it. */
json_t *json_new_object(void);
json_t *json_new_array(void);

void json_add(json_t *object, const char *key, json_t *value);
void json_add_number(json_t *object, const char *key, uint64_t value);
void json_add_text(json_t *object, const char *key, const char *value);
void json_add_bool(json_t *object, const char *key, bool value);

/* null where the kernel did not say. */
void json_add_known(json_t *object, const char *key, bool known, uint64_t value);

void json_append(json_t *array, json_t *value);

/* Prints @value, which is given away; on one line or for people too. */
void json_print(json_t *value);
void json_print_line(json_t *value);

#endif
