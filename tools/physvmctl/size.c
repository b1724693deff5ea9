// SPDX-License-Identifier: GPL-2.0-only
#include "size.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char units[] = "KMGT";

uint64_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

uint64_t pages_to_bytes(uint64_t pages)
{
	return pages * page_size();
}

/* One digit behind the point, unless it would be 0. */
static void human(char *text, uint64_t bytes)
{
	unsigned int unit = 0;
	uint64_t scale = 1024;

	while (units[unit + 1] && bytes / scale >= 1024) {
		scale *= 1024;
		unit++;
	}
	if (bytes % scale)
		snprintf(text, SIZE_TEXT, "%.1f%c", (double)bytes / scale, units[unit]);
	else
		snprintf(text, SIZE_TEXT, "%" PRIu64 "%c", bytes / scale, units[unit]);
}

struct size_text size_of_bytes(uint64_t bytes, bool exact)
{
	struct size_text size;

	if (exact || bytes < 1024)
		snprintf(size.text, SIZE_TEXT, "%" PRIu64, bytes);
	else
		human(size.text, bytes);
	return size;
}

struct size_text size_of_pages(uint64_t pages, bool exact)
{
	return size_of_bytes(pages_to_bytes(pages), exact);
}

unsigned int percent(uint64_t part, uint64_t whole)
{
	return whole ? (unsigned int)(100.0 * part / whole + 0.5) : 0;
}

static bool parse_digits(const char *text, uint64_t *number, char **end)
{
	const bool hexadecimal = text[0] == '0' && tolower((unsigned char)text[1]) == 'x';

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*number = strtoull(text, end, hexadecimal ? 16 : 10);
	return !errno;
}

bool parse_number(const char *text, uint64_t *number)
{
	char *end;

	return parse_digits(text, number, &end) && !*end;
}

bool parse_size(const char *text, uint64_t *bytes)
{
	const char *unit;
	char *end;
	int shift;

	if (!parse_digits(text, bytes, &end))
		return false;
	if (!*end)
		return true;
	unit = strchr(units, toupper((unsigned char)*end));
	if (!unit || end[1])
		return false;
	shift = 10 * (unit - units + 1);
	if (*bytes >> (64 - shift))
		return false;
	*bytes <<= shift;
	return true;
}
