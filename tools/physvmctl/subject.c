// SPDX-License-Identifier: GPL-2.0-only
#include "picture.h"

#include <string.h>

bool parse_subject(const char *word, enum picture_subject *subject)
{
	static const char *const words[] = { "use", "cache", "user" };
	unsigned int i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(word, words[i])) {
			*subject = i;
			return true;
		}
	}
	return false;
}
