// SPDX-License-Identifier: GPL-2.0-only
#include "user.h"

#include "size.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>

struct user_text user_word(uint32_t uid)
{
	const struct passwd *entry = getpwuid(uid);
	struct user_text user;

	if (entry && *entry->pw_name)
		snprintf(user.text, sizeof(user.text), "%s", entry->pw_name);
	else
		snprintf(user.text, sizeof(user.text), "%" PRIu32, uid);
	return user;
}

bool parse_user(const char *text, uint32_t *uid)
{
	const struct passwd *entry = getpwnam(text);
	uint64_t number;

	if (entry) {
		*uid = entry->pw_uid;
		return true;
	}
	if (!parse_number(text, &number) || number > UINT32_MAX)
		return false;
	*uid = number;
	return true;
}
