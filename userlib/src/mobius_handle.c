// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Handles of areas and files: places in a table, each with a descriptor of its own,
 * so that it is the kernel that counts.
 *
 * The word of a place is only changed atomically, and there is no lock.  A fork in
 * the middle of anything leaves the child with nothing to wait for; at worst with a
 * handle that counts a user it has not got, whose descriptor stays until the child
 * ends.
 *
 * Pointers programs have no business with may be anything.  They are compared and
 * not followed until they are known to lead into the table.
 *
 * The program does not know of the descriptors and may close them: a handle is only
 * used while its number still leads to the file it was made with.
 */
#include "mobius_handle.h"

#include <errno.h>

#include "sys.h"

#define HANDLES 4096

/* The word of a place; free is one without any bit. */
#define USER 1u
#define USERS ((1u << 24) - 1)
#define KIND_SHIFT 24
#define KIND (0x7fu << KIND_SHIFT)
#define CLOSED (1u << 31)

struct slot {
	uint32_t word;
	int fd;
	dev_t dev;		/* what fd leads to */
	ino_t ino;
	vm_desc_t desc;		/* the handle is its address */
};

static struct slot slots[HANDLES];
static unsigned int next;	/* all others come first before a place is used again */

static struct slot *slot_of(const vm_desc_t *handle)
{
	const uintptr_t at = (uintptr_t)handle - (uintptr_t)&slots[0].desc;

	return at < sizeof(slots) && at % sizeof(slots[0]) == 0 ?
		       &slots[at / sizeof(slots[0])] : NULL;
}

static bool exchange(struct slot *slot, uint32_t *word, uint32_t now)
{
	return __atomic_compare_exchange_n(&slot->word, word, now, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* One that nobody else can have or look up. */
static struct slot *take_slot(void)
{
	for (unsigned int tries = 0; tries < HANDLES; tries++) {
		struct slot *slot;
		uint32_t word = 0;

		slot = &slots[__atomic_fetch_add(&next, 1, __ATOMIC_RELAXED) % HANDLES];
		if (exchange(slot, &word, USER))
			return slot;
	}
	return NULL;
}

int physvm_vmm_handle_new(enum physvm_vmm_kind kind, int fd, const vm_desc_t *desc,
			  handle_t *handle)
{
	struct stat status;
	struct slot *slot;
	int err = physvm_sys_fstat(fd, &status);

	if (err)
		return err;
	slot = take_slot();
	if (!slot)
		return -EMFILE;
	slot->fd = fd;
	slot->dev = status.st_dev;
	slot->ino = status.st_ino;
	slot->desc = *desc;
	slot->desc.num_pages = PAGE_ALIGN_UP((size_t)status.st_size) / PAGE_SIZE;
	__atomic_store_n(&slot->word, (uint32_t)kind << KIND_SHIFT, __ATOMIC_RELEASE);
	*handle = &slot->desc;
	return 0;
}

static bool matches(uint32_t word, enum physvm_vmm_kind kind)
{
	const uint32_t has = (word & KIND) >> KIND_SHIFT;

	return has && !(word & CLOSED) && (kind == PHYSVM_VMM_NOTHING || kind == has);
}

/* One more user; @closed forbids any after that. */
static bool use(struct slot *slot, enum physvm_vmm_kind kind, uint32_t closed)
{
	uint32_t word = __atomic_load_n(&slot->word, __ATOMIC_ACQUIRE);

	do {
		if (!matches(word, kind))
			return false;
	} while (!exchange(slot, &word, (word + USER) | closed));
	return true;
}

static bool still_open(const struct slot *slot)
{
	struct stat now;

	return !physvm_sys_fstat(slot->fd, &now) &&
	       now.st_dev == slot->dev && now.st_ino == slot->ino;
}

static void put(struct slot *slot)
{
	const uint32_t word = __atomic_sub_fetch(&slot->word, USER, __ATOMIC_ACQ_REL);

	if (!(word & CLOSED) || word & USERS)
		return;
	if (still_open(slot))
		physvm_sys_close(slot->fd);
	__atomic_store_n(&slot->word, 0, __ATOMIC_RELEASE);
}

int physvm_vmm_handle_get(const vm_desc_t *handle, enum physvm_vmm_kind kind)
{
	struct slot *slot = slot_of(handle);

	if (!slot || !use(slot, kind, 0))
		return -EBADF;
	if (still_open(slot))
		return slot->fd;
	put(slot);
	return -EBADF;
}

void physvm_vmm_handle_put(const vm_desc_t *handle)
{
	put(slot_of(handle));
}

int physvm_vmm_handle_close(const vm_desc_t *handle)
{
	struct slot *slot = slot_of(handle);

	if (!slot || !use(slot, PHYSVM_VMM_NOTHING, CLOSED))
		return -EBADF;
	put(slot);
	return 0;
}
