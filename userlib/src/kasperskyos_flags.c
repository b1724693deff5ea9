// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * VMM_FLAG_* in terms of the device.
 */
#include "kasperskyos_flags.h"

#include <errno.h>
#include <stddef.h>

#include "export.h"
#include "physvm.h"
#include "physvm_kn.h"
#include "vmm/flags.h"

#define LAYOUT_FLAGS	(VMM_FLAG_LOW_GUARD | VMM_FLAG_HIGH_GUARD | VMM_FLAG_GROW_DOWN)
#define ALLOC_FLAGS \
	(VMM_FLAG_RWX_MASK | VMM_FLAG_CACHE_MASK | LAYOUT_FLAGS | \
	 VMM_FLAG_RESERVE | VMM_FLAG_COMMIT | VMM_FLAG_LOCKED)
#define IO_GUARDS	(VMM_FLAG_LOW_GUARD | VMM_FLAG_HIGH_GUARD)

_Static_assert(VMM_FLAG_READ == PHYSVM_PROT_READ && VMM_FLAG_WRITE == PHYSVM_PROT_WRITE &&
	       VMM_FLAG_EXECUTE == PHYSVM_PROT_EXEC, "handed to the device as they are");

static int implied_flags;

EXPORT int physvm_kn_set_implied_reserve(int on)
{
	int flags = on ? VMM_FLAG_RESERVE : 0;

	return !!__atomic_exchange_n(&implied_flags, flags, __ATOMIC_RELAXED);
}

static const struct {
	int kn;
	uint32_t physvm;
} flag_table[] = {
	{ VMM_FLAG_COMMIT, PHYSVM_ALLOC_COMMIT },
	{ VMM_FLAG_LOCKED, PHYSVM_ALLOC_POPULATE },
	{ VMM_FLAG_LOW_GUARD, PHYSVM_ALLOC_LOW_GUARD },
	{ VMM_FLAG_HIGH_GUARD, PHYSVM_ALLOC_HIGH_GUARD },
	{ VMM_FLAG_GROW_DOWN, PHYSVM_ALLOC_GROW_DOWN },
};

#define FLAGS (sizeof(flag_table) / sizeof(flag_table[0]))

static uint32_t area_flags(int flags)
{
	uint32_t found = 0;

	for (size_t i = 0; i < FLAGS; i++)
		if (flags & flag_table[i].kn)
			found |= flag_table[i].physvm;
	return found;
}

static const int cache_flags[] = {
	[PHYSVM_CACHE_WB] = VMM_FLAG_WRITE_BACK,
	[PHYSVM_CACHE_WT] = VMM_FLAG_WRITE_THROUGH,
	[PHYSVM_CACHE_WC] = VMM_FLAG_WRITE_COMBINE,
	[PHYSVM_CACHE_UC] = VMM_FLAG_CACHE_DISABLE,
};

#define CACHE_MODES (sizeof(cache_flags) / sizeof(cache_flags[0]))

int physvm_kn_cache_flag(uint32_t cache)
{
	return cache < CACHE_MODES ? cache_flags[cache] : 0;
}

/* Two modes make a value that is none of the table's. */
static int cache_mode(int flags, uint32_t *cache)
{
	flags &= VMM_FLAG_CACHE_MASK;
	if (!flags)
		flags = VMM_FLAG_WRITE_BACK;
	for (*cache = 0; *cache < CACHE_MODES; ++*cache)
		if (flags == cache_flags[*cache])
			return 0;
	return -EINVAL;
}

/* Pages that can be written or executed can be read as well. */
int physvm_kn_protection(int flags, uint32_t *prot)
{
	*prot = flags & VMM_FLAG_RWX_MASK;
	if (*prot && !(*prot & PHYSVM_PROT_READ))
		return -EINVAL;
	return 0;
}

/* What memory that is handed on may be used for is not bound to that. */
int physvm_kn_rights(int flags, uint32_t *prot)
{
	*prot = flags & VMM_FLAG_RWX_MASK;
	return flags & ~VMM_FLAG_RWX_MASK ? -EINVAL : 0;
}

/* Those that lie next to the region of a page now. */
int physvm_kn_guards(const struct physvm_query *page)
{
	return (page->out_flags & PHYSVM_QUERY_LOW_GUARD ? VMM_FLAG_LOW_GUARD : 0) |
	       (page->out_flags & PHYSVM_QUERY_HIGH_GUARD ? VMM_FLAG_HIGH_GUARD : 0);
}

/* The flags a region was made with, but for its protection then, which is gone. */
int physvm_kn_made_with(const struct physvm_query *page)
{
	int found = VMM_FLAG_RESERVE | physvm_kn_cache_flag(page->out_cache);

	for (size_t i = 0; i < FLAGS; i++)
		if (page->out_alloc_flags & flag_table[i].physvm)
			found |= flag_table[i].kn;
	return found;
}

int physvm_kn_alloc_flags(int flags, struct physvm_alloc *alloc)
{
	int err;

	flags |= __atomic_load_n(&implied_flags, __ATOMIC_RELAXED);
	if (!(flags & VMM_FLAG_RESERVE) || flags & ~ALLOC_FLAGS)
		return -EINVAL;
	err = physvm_kn_protection(flags, &alloc->prot);
	if (!err)
		err = cache_mode(flags, &alloc->cache);
	alloc->flags |= area_flags(flags);
	return err;
}

/*
 * Registers may be there to be written only.  A program that says nothing of
 * caches expects what every device can give.
 */
int physvm_kn_io_flags(uint32_t prot, uint32_t attr, struct physvm_alloc *alloc)
{
	if (!prot || prot & ~VMM_FLAG_RWX_MASK ||
	    attr & ~(VMM_FLAG_CACHE_MASK | IO_GUARDS | VMM_FLAG_ALIAS))
		return -EINVAL;
	if (prot & VMM_FLAG_EXECUTE && !(prot & VMM_FLAG_READ))
		return -EINVAL;
	if (!(attr & VMM_FLAG_CACHE_MASK))
		attr |= VMM_FLAG_CACHE_DISABLE;
	alloc->prot = prot;
	alloc->flags |= area_flags((int)attr);
	return cache_mode((int)attr, &alloc->cache);
}

/* Whether the flags beyond protection say of a page what is true already. */
bool physvm_kn_describes(int flags, const struct physvm_query *page)
{
	uint32_t cache;

	flags &= ~VMM_FLAG_RWX_MASK;
	if (flags & ~(VMM_FLAG_CACHE_MASK | VMM_FLAG_LOW_GUARD | VMM_FLAG_HIGH_GUARD))
		return false;
	if (flags & VMM_FLAG_CACHE_MASK && (cache_mode(flags, &cache) || cache != page->out_cache))
		return false;
	return !(flags & ~VMM_FLAG_CACHE_MASK & ~physvm_kn_guards(page));
}
