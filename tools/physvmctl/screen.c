// SPDX-License-Identifier: GPL-2.0-only
#include "screen.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_MIN 40
#define WIDTH_MAX 400

/* https://no-color.org: any value but an empty one. */
static bool wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (no_color && *no_color)
		return false;
	return term && strcmp(term, "dumb");
}

static int clamp(int value, int least, int most)
{
	return value < least ? least : value > most ? most : value;
}

static void measure(struct screen *screen)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	screen->width = columns && atoi(columns) > 0 ? atoi(columns) : 80;
	screen->height = 24;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col) {
		screen->width = size.ws_col;
		screen->height = size.ws_row;
	}
	screen->width = clamp(screen->width, WIDTH_MIN, WIDTH_MAX);
}

struct screen screen_get(void)
{
	struct screen screen = {
		.terminal = isatty(STDOUT_FILENO),
		.unicode = !strcmp(nl_langinfo(CODESET), "UTF-8"),
	};

	screen.colour = screen.terminal && wants_colour();
	measure(&screen);
	return screen;
}
