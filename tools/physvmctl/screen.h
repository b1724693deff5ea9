/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the output can show.
 */
#ifndef SCREEN_H
#define SCREEN_H

#include <stdbool.h>

/**
 * struct screen - the standard output
 * @terminal: it is one
 * @colour: it shows colours, and may
 * @unicode: it shows all characters
 * @width: columns
 * @height: lines
 */
struct screen {
	bool terminal;
	bool colour;
	bool unicode;
	int width;
	int height;
};

struct screen screen_get(void);

#endif
