// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sizes as people write them.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include "size.h"

/* What memparse() accepts, but with an end: it wraps around. */
int size_parse(const char *value, unsigned long *size)
{
	char number[24] = {}, *end;
	unsigned long long digits;
	unsigned int shift = 0;

	if (strscpy(number, value, sizeof(number)) < 0)
		return -EINVAL;
	end = number + strcspn(number, "KkMmGg\n");
	if (*end && *end != '\n') {
		shift = tolower(*end) == 'k' ? 10 : tolower(*end) == 'm' ? 20 : 30;
		if (end[1] && strcmp(end + 1, "\n"))
			return -EINVAL;
	}
	*end = '\0';
	if (kstrtoull(number, 0, &digits) || check_shl_overflow(digits, shift, size))
		return -EINVAL;
	return 0;
}
