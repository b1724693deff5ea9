/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A value: what one argument of a call is. Either a number, or a number added
 * to what a slot has when the program gets there:
 *
 *   r3  where region 3 begins   e3  where it ends   p3  its physical address
 *   a3  the number of the area that is mapped there   f3  descriptor 3
 */
#ifndef FUZZ_VALUE_H
#define FUZZ_VALUE_H

#include <stdint.h>
#include <stdio.h>

#include "rng.h"

#define SLOTS 8
#define PAGE 4096ull
#define BLOCK (2ull << 20)

enum value_base {
	BASE_NONE = 0,
	BASE_REGION = 'r',
	BASE_END = 'e',
	BASE_PHYS = 'p',
	BASE_AREA = 'a',
	BASE_FD = 'f',
};

struct value {
	uint8_t base;
	uint8_t slot;
	uint64_t number;
};

/* What kind of value an argument wants. */
enum value_type {
	TYPE_NONE,
	TYPE_REGION,		/* the slot an address goes to */
	TYPE_NEW_FD,		/* the slot a descriptor goes to */
	TYPE_FD,
	TYPE_ADDR,
	TYPE_LENGTH,
	TYPE_PHYS,
	TYPE_OFFSET,
	TYPE_STRUCT,		/* where a struct lies; 0: in good memory */
	TYPE_EXTRA,		/* bytes a struct is longer than it is */
	TYPE_SMALL,		/* usually 0 */
	TYPE_BOOL,
	TYPE_COUNT,
	TYPE_SEGMENTS,
	TYPE_AREA,
	TYPE_CLAIM,
	TYPE_COMMAND,
	TYPE_ALLOC_FLAGS,
	TYPE_COMMIT_FLAGS,
	TYPE_EXPORT_FLAGS,
	TYPE_ADD_FLAGS,
	TYPE_OPEN_FLAGS,
	TYPE_REMOVE_FLAGS,
	TYPE_NAME,
	TYPE_MODE,
	TYPE_WHERE_FLAGS,
	TYPE_REGION_FLAGS,
	TYPE_PLACE_FLAGS,
	TYPE_FREE_FLAGS,
	TYPE_GUARD,
	TYPE_ALIGNMENT,
	TYPE_TIMEOUT,
	TYPE_SERVE_FLAGS,
	TYPE_ACTION,
	TYPE_FEW,
	TYPE_NL_COMMAND,
	TYPE_NL_FLAGS,
	TYPE_NL_ATTR,
	TYPE_NL_SIZE,
	TYPE_NL_VALUE,
	TYPE_PROT,
	TYPE_CACHE,
	TYPE_MAP_FLAGS,
	TYPE_REMAP_FLAGS,
	TYPE_ADVICE,
	TYPE_SYNC_FLAGS,
	TYPE_SPLICE_FLAGS,
	TYPE_FILE_CALL,
	TYPE_PROC_FILE,
	TYPE_USER,
	TYPE_NTH,
	NR_TYPES
};

struct value value_default(enum value_type type);
struct value value_random(struct rng *rng, enum value_type type);
void value_tweak(struct rng *rng, enum value_type type, struct value *value);
void value_print(FILE *out, enum value_type type, const struct value *value);
bool value_parse(const char *text, enum value_type type, struct value *value);
bool value_equal(const struct value *a, const struct value *b);

#endif
