// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
#include "decode.h"

#include <string.h>

static void store_u32(char *member, const struct nlattr *attribute)
{
	const uint32_t value = nla_get_u32(attribute);

	memcpy(member, &value, sizeof(value));
}

static void store_u64(char *member, const struct nlattr *attribute)
{
	const uint64_t value = nla_get_u64(attribute);

	memcpy(member, &value, sizeof(value));
}

static void store_flag(char *member)
{
	const uint32_t value = 1;

	memcpy(member, &value, sizeof(value));
}

static int long_enough(const struct field *field, const struct nlattr *attribute)
{
	switch (field->type) {
	case FIELD_U32:
		return nla_len(attribute) >= (int)sizeof(uint32_t);
	case FIELD_U64:
		return nla_len(attribute) >= (int)sizeof(uint64_t);
	}
	return 1;
}

static void store(const struct field *field, const struct nlattr *attribute, char *member)
{
	switch (field->type) {
	case FIELD_U32:
		store_u32(member, attribute);
		break;
	case FIELD_U64:
		store_u64(member, attribute);
		break;
	case FIELD_FLAG:
		store_flag(member);
		break;
	case FIELD_STRING:
		nla_strlcpy(member, attribute, field->size);
		break;
	}
}

static const struct field *find_field(const struct field *fields, int attribute)
{
	for (; fields->attribute; fields++) {
		if (fields->attribute == attribute)
			return fields;
	}
	return NULL;
}

/* Every struct begins with its has. */
static void mark(void *info, int attribute)
{
	if (attribute < 32)
		*(uint32_t *)info |= 1u << attribute;
}

void decode(const struct nlattr *first, int length, const struct field *fields,
	    decode_nest_t *nest, void *info)
{
	const struct nlattr *attribute;
	int left;

	nla_for_each_attr(attribute, first, length, left) {
		const struct field *field = find_field(fields, nla_type(attribute));

		if (!field) {
			if (nest)
				nest(attribute, info);
			continue;
		}
		if (!long_enough(field, attribute))
			continue;
		store(field, attribute, (char *)info + field->offset);
		mark(info, field->attribute);
	}
}
