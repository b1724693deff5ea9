/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A picture of physical memory, as SVG.
 */
#ifndef SVG_H
#define SVG_H

#include "picture.h"

void svg_print(const struct blocks *blocks, enum picture_subject subject, FILE *to);

/* Text as XML has it. */
void svg_escape(const char *text, FILE *to);

#endif
