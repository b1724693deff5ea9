// SPDX-License-Identifier: GPL-2.0-only
#include "account.h"

#include "size.h"
#include "user.h"

#include <inttypes.h>
#include <linux/physvm_netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CGROUP "cgroup:"

struct account_text account_text(uint32_t account, uint64_t id)
{
	struct account_text text;

	if (account == PHYSVM_NL_ACCOUNT_CGROUP)
		snprintf(text.text, sizeof(text.text), CGROUP "%" PRIu64, id);
	else
		snprintf(text.text, sizeof(text.text), "%s", user_word(id).text);
	return text;
}

static bool parse_directory(const char *path, uint64_t *id)
{
	struct stat stat_of;

	if (stat(path, &stat_of) || !S_ISDIR(stat_of.st_mode))
		return false;
	*id = stat_of.st_ino;
	return true;
}

bool parse_account(const char *text, uint32_t *account, uint64_t *id)
{
	uint32_t uid;

	*account = PHYSVM_NL_ACCOUNT_CGROUP;
	if (*text == '/')
		return parse_directory(text, id);
	if (!strncmp(text, CGROUP, strlen(CGROUP)))
		return parse_number(text + strlen(CGROUP), id);
	*account = PHYSVM_NL_ACCOUNT_USER;
	if (!parse_user(text, &uid))
		return false;
	*id = uid;
	return true;
}
