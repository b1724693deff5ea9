/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What there is to be told about.
 */
#ifndef NOUN_H
#define NOUN_H

#include "decode.h"

/**
 * struct noun - a kind of thing
 * @size: of the struct that tells about one
 * @get: the command that asks
 * @device_fd: the attribute that shows that one may ask, or 0
 * @fields: what goes into the struct
 * @nest: what else does, or NULL
 */
struct noun {
	size_t size;
	uint8_t get;
	uint16_t device_fd;
	const struct field *fields;
	decode_nest_t *nest;
};

extern const struct noun pool_noun;
extern const struct noun block_noun;
extern const struct noun area_noun;
extern const struct noun mapping_noun;
extern const struct noun name_noun;
extern const struct noun region_noun;
extern const struct noun limit_noun;
extern const struct noun stats_noun;
extern const struct noun event_noun;

#endif
