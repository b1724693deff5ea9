// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Where areas go.
 */
#include "mobius_place.h"

#include <errno.h>

#include "physvm.h"

/* When it is not any more, the attempt finds that out. */
static bool is_reserved(struct physvm *handle, addr_t start)
{
	struct physvm_query page;

	return !physvm_query(handle, (void *)start, &page) &&
	       page.out_type == PHYSVM_AREA_RESERVATION;
}

static int at_start(struct physvm *handle, addr_t start, physvm_vmm_attempt_t *attempt,
		    void *arg)
{
	struct physvm_vmm_place place = { PHYSVM_ALLOC_VIRT, start };
	int err;

	if (is_reserved(handle, start))
		place.flags |= PHYSVM_ALLOC_CARVE;
	err = attempt(handle, &place, arg);
	return err == -EEXIST ? -EACCES : err;
}

/* Programs may keep such addresses in 32 bits; those that do not get more. */
static int anywhere(struct physvm *handle, physvm_vmm_attempt_t *attempt, void *arg)
{
	struct physvm_vmm_place place = { PHYSVM_ALLOC_BELOW_2G, 0 };
	int err = attempt(handle, &place, arg);

	if (err != -ENOMEM)
		return err;
	place.flags = 0;
	return attempt(handle, &place, arg);
}

int physvm_vmm_place(struct physvm *handle, addr_t start, bool literal,
		     physvm_vmm_attempt_t *attempt, void *arg)
{
	start = PAGE_ALIGN(start);
	if (start || literal)
		return at_start(handle, start, attempt, arg);
	return anywhere(handle, attempt, arg);
}
