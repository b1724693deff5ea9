// SPDX-License-Identifier: GPL-2.0-only
#include "words.h"

#include <linux/physvm.h>
#include <linux/physvm_netlink.h>
#include <stddef.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define WORD(words, number) word(words, COUNT(words), number)

static const char *word(const char *const *words, size_t count, uint32_t number)
{
	return number < count && words[number] ? words[number] : "?";
}

static const char *const pools[] = {
	[PHYSVM_NL_POOL_RAM] = "ram",
	[PHYSVM_NL_POOL_HIDDEN] = "hidden",
};

const char *pool_word(uint32_t kind)
{
	return WORD(pools, kind);
}

bool parse_pool(const char *name, uint32_t *kind)
{
	for (*kind = 0; *kind < COUNT(pools); ++*kind) {
		if (!strcmp(name, pools[*kind]))
			return true;
	}
	return false;
}

const char *cache_word(uint32_t cache)
{
	static const char *const words[] = {
		[PHYSVM_CACHE_WB] = "wb",
		[PHYSVM_CACHE_WT] = "wt",
		[PHYSVM_CACHE_WC] = "wc",
		[PHYSVM_CACHE_UC] = "uc",
	};

	return WORD(words, cache);
}

const char *type_word(uint32_t type)
{
	static const char *const words[] = {
		[PHYSVM_AREA_NORMAL] = "normal",
		[PHYSVM_AREA_NORESERVE] = "noreserve",
		[PHYSVM_AREA_HIDDEN] = "hidden",
		[PHYSVM_AREA_DEVICE] = "device",
		[PHYSVM_AREA_RESERVATION] = "reservation",
		[PHYSVM_AREA_PAGED] = "paged",
		[PHYSVM_AREA_FILE] = "file",
		[PHYSVM_AREA_IMAGE] = "image",
		[PHYSVM_AREA_REGION] = "region",
	};

	return WORD(words, type);
}

const char *account_word(uint32_t account)
{
	static const char *const words[] = {
		[PHYSVM_NL_ACCOUNT_USER] = "user",
		[PHYSVM_NL_ACCOUNT_CGROUP] = "cgroup",
	};

	return WORD(words, account);
}

const char *event_word(uint32_t event)
{
	static const char *const words[] = {
		[PHYSVM_NL_EVENT_POOL_LOW] = "pool-low",
		[PHYSVM_NL_EVENT_POOL_HIGH] = "pool-high",
		[PHYSVM_NL_EVENT_POOL_EXHAUSTED] = "pool-exhausted",
		[PHYSVM_NL_EVENT_POOL_RESIZED] = "pool-resized",
		[PHYSVM_NL_EVENT_QUARANTINE_STUCK] = "quarantine-stuck",
		[PHYSVM_NL_EVENT_LIMIT_HIT] = "limit-hit",
		[PHYSVM_NL_EVENT_PAGER_DIED] = "pager-died",
		[PHYSVM_NL_EVENT_NAME_LEFT] = "name-left",
		[PHYSVM_NL_EVENT_MEMORY_RETURNED] = "memory-returned",
	};

	return WORD(words, event);
}

const char *failure_word(uint32_t cause)
{
	static const char *const words[] = {
		[PHYSVM_NL_FAILURE_NO_MEMORY] = "no-memory",
		[PHYSVM_NL_FAILURE_ADDRESS_TAKEN] = "address-taken",
		[PHYSVM_NL_FAILURE_NO_SUCH_ADDRESS] = "no-such-address",
		[PHYSVM_NL_FAILURE_LIMIT] = "limit",
		[PHYSVM_NL_FAILURE_FRAGMENTED] = "fragmented",
	};

	return WORD(words, cause);
}

struct prot_text prot_word(uint32_t prot)
{
	return (struct prot_text){ {
		prot & PHYSVM_PROT_READ ? 'r' : '-',
		prot & PHYSVM_PROT_WRITE ? 'w' : '-',
		prot & PHYSVM_PROT_EXEC ? 'x' : '-',
	} };
}
