// SPDX-License-Identifier: GPL-2.0-only
#include "stage.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 84

static unsigned int steps, sights, wrong;
static bool after_sight;

void heading(const char *text)
{
	printf("\n%u. %s\n", ++steps, text);
	after_sight = true;
}

/* Broken at blanks where it is too long for a line, but not before an operator. */
void show_code(const char *text)
{
	size_t column = 0, word;

	printf(after_sight ? "\n" : "");
	after_sight = false;
	for (; *text; text += word + strspn(text + word, " ")) {
		word = strcspn(text, " ");
		if (!column || (column + word > WIDTH && word > 1))
			column = printf(column ? "\n            " : "       ") - 1;
		column += printf(" %.*s", (int)word, text);
	}
	printf("\n");
	fflush(stdout);
}

void saw(bool right, const char *format, ...)
{
	va_list args;

	sights++;
	wrong += !right;
	after_sight = true;
	printf(right ? "   ✓ " : "   FAIL ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
}

void not_seen(const char *why)
{
	printf("   - not shown: %s\n", why);
}

int verdict(void)
{
	printf("\n%u of %u observations are as they should be.\n", sights - wrong, sights);
	return !sights || wrong;
}
