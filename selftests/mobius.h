/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the Möbius calls share. Include after kselftest_harness.h.
 */
#ifndef PHYSVM_SELFTESTS_MOBIUS_H
#define PHYSVM_SELFTESTS_MOBIUS_H

#include "child.h"
#include "util.h"

#include <mobius/vmm.h>
#include <physvm_mobius.h>

#define USER (VM_MEM_USER | VM_MEM_READ)
#define USER_RW (USER | VM_MEM_WRITE)
#define TWO_GIB (1ul << 31)

#define PAGES 8ul
#define SIZE (PAGES * PAGE)

/* The errno of a call that returns NULL or false when it fails; 0 when it did not. */
#define ERRNO_OF(call) \
	({ \
		errno = 0; \
		(call) ? 0 : errno ? errno : -1; \
	})

/* A call that fails, says why, and changes nothing. */
#define EXPECT_FAILS(error, call) \
	EXPECT_REFUSED(error, self->fd, ERRNO_OF(call))

FIXTURE(mobius)
{
	int fd;			/* of our own */
	char *hole;		/* free addresses, a block and more on either side */
};

/* From then on the library has its descriptor: no test sees one come. */
FIXTURE_SETUP(mobius)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->hole = free_addresses(64 * PAGE);
	ASSERT_NE(NULL, self->hole);
	ASSERT_EQ(EINVAL, ERRNO_OF(VmmFree(self->hole)));
}

FIXTURE_TEARDOWN(mobius)
{
}

static inline addr_t start_of(const void *addr)
{
	return (addr_t)addr;
}

static inline vm_node_t *node_at(const void *addr)
{
	return VmmLookupNode(0, physvm_mobius_process()->vmm_top, addr);
}

/* Pages of the pool that are somebody's. */
static inline uint64_t used(int fd)
{
	return settled_pool_stat(fd).out_used_pages;
}

/* Reserved addresses are areas, too, without pages. */
static inline uint64_t areas(int fd)
{
	return settled_pool_stat(fd).out_areas;
}

#endif
