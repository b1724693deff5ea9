/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A picture of physical memory, in letters.
 */
#ifndef PICTURE_H
#define PICTURE_H

#include "blocks.h"
#include "screen.h"

#include <stdio.h>

/* What a picture is about. */
enum picture_subject {
	PICTURE_USE,
	PICTURE_CACHE,
	PICTURE_USER,
};

bool parse_subject(const char *word, enum picture_subject *subject);

/* The blocks of one pool, or nothing if it has none. */
void picture_print(const struct blocks *blocks, uint32_t pool, enum picture_subject subject,
		   const struct screen *screen, FILE *to);

#endif
