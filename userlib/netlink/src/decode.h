/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Attributes into the members of a struct.
 */
#ifndef DECODE_H
#define DECODE_H

#include <netlink/attr.h>
#include <stddef.h>
#include <stdint.h>

enum field_type { FIELD_U32, FIELD_U64, FIELD_FLAG, FIELD_STRING };

/**
 * struct field - where an attribute goes
 * @attribute: its number; 0 ends a list of fields
 * @type: what it has
 * @offset: of the member
 * @size: of the member
 */
struct field {
	uint16_t attribute;
	uint16_t type;
	uint16_t offset;
	uint16_t size;
};

#define FIELD(attribute, type, info, member) \
	{ attribute, type, offsetof(struct info, member), sizeof(((struct info *)0)->member) }

/**
 * typedef decode_nest_t - takes an attribute that no field is for
 */
typedef void decode_nest_t(const struct nlattr *attribute, void *info);

/*
 * An attribute that is not known, or shorter than it has to be, is passed over:
 * a module newer than the library may have more to say.
 */
void decode(const struct nlattr *first, int length, const struct field *fields,
	    decode_nest_t *nest, void *info);

#endif
