// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Names: wide characters for programs, UTF-8 for the device.  By hand, for the C
 * library converts to what the locale says.
 */
#include "mobius_name.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool is_character(uint32_t c)
{
	return c < 0xd800 || (c > 0xdfff && c <= 0x10ffff);
}

static unsigned int length_of(uint32_t c)
{
	if (c < 0x80)
		return 1;
	if (c < 0x800)
		return 2;
	return c < 0x10000 ? 3 : 4;
}

/* All bytes but the first have six bits. */
static void put(char *to, uint32_t c, unsigned int length)
{
	static const unsigned char marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (unsigned int i = length; --i; c >>= 6)
		to[i] = (char)(0x80 | (c & 0x3f));
	to[0] = (char)(marks[length] | c);
}

int physvm_vmm_name(const wchar_t *name, char utf8[PHYSVM_NAME_SIZE])
{
	size_t at = 0;

	if (!name)
		return -EINVAL;
	memset(utf8, 0, PHYSVM_NAME_SIZE);
	for (; *name; name++) {
		const uint32_t c = (uint32_t)*name;
		const unsigned int length = length_of(c);

		if (!is_character(c))
			return -EILSEQ;
		if (length >= PHYSVM_NAME_SIZE - at)
			return -ENAMETOOLONG;
		put(utf8 + at, c, length);
		at += length;
	}
	return 0;
}
