// SPDX-License-Identifier: GPL-2.0-only
/*
 * VirtualAlloc from C++. The harness is C, so what is tested is in
 * virtual_alloc_cxx.cc.
 */
#include "kselftest_harness.h"

#include <lib/virtual_alloc.h>

#include "child.h"
#include "util.h"
#include "virtual_alloc_cxx.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

FIXTURE(from_cxx)
{
	int fd;
};

FIXTURE_SETUP(from_cxx)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
}

FIXTURE_TEARDOWN(from_cxx)
{
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

TEST_F(from_cxx, before_init)
{
	EXPECT_EQ(0, cxx_before_init());
}

TEST_F(from_cxx, result)
{
	EXPECT_EQ(0, cxx_result());
}

TEST_F_SIGNAL(from_cxx, value_of_an_error, SIGILL)
{
	cxx_value_of_an_error();
}

TEST_F_SIGNAL(from_cxx, error_of_a_value, SIGILL)
{
	cxx_error_of_a_value();
}

TEST_F(from_cxx, usual_life)
{
	EXPECT_EQ(0, cxx_usual_life());
}

TEST_F(from_cxx, frames)
{
	EXPECT_EQ(0, cxx_frames());
}

TEST_F(from_cxx, scope)
{
	EXPECT_EQ(0, cxx_scope());
}

TEST_F(from_cxx, contiguous_mappings)
{
	EXPECT_EQ(have_huge(self->fd) ? -1 : -2, cxx_can_attempt_contiguous_mappings());
}

static void use_static_object(int fd, const void *arg)
{
	child_need(!cxx_static_object());
	/* Its destructor runs now. */
	exit(0);
}

TEST_F(from_cxx, static_object)
{
	EXPECT_TRUE(child_succeeded(child_start(use_static_object, -1, NULL)));
}

TEST_HARNESS_MAIN
