/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An area to give names to, for tests. All names are removed at the end of each.
 * Include last.
 */
#ifndef PHYSVM_SELFTESTS_NAMED_H
#define PHYSVM_SELFTESTS_NAMED_H

#include <sys/stat.h>

#include "child.h"
#include "name.h"

#define RW (PROT_READ | PROT_WRITE)
#define PAGES 8
#define SIZE (PAGES * PAGE)

/* A numbered area with guards around it and a descriptor. */
FIXTURE(name)
{
	int fd;
	int area_fd;
	char *area;
};

FIXTURE_SETUP(name)
{
	struct physvm_alloc args = alloc_args(SIZE, PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_FD |
					      PHYSVM_ALLOC_LOW_GUARD | PHYSVM_ALLOC_HIGH_GUARD);

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, count_names(self->fd));
	ASSERT_TRUE(pool_at_baseline(self->fd));
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	self->area = (char *)(uintptr_t)args.out_addr;
	self->area_fd = args.out_fd;
	number_pages(self->area, PAGES);
}

FIXTURE_TEARDOWN(name)
{
	EXPECT_TRUE(remove_all_names(self->fd));
	munmap(self->area - PAGE, SIZE + 2 * PAGE);
	close(self->area_fd);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

#endif
