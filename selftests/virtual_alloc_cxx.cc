// SPDX-License-Identifier: GPL-2.0-only
/*
 * The class VirtualAlloc, as a program for Zircon would use it: no exceptions, no
 * RTTI and no C++ library.
 */
#include "virtual_alloc_cxx.h"

#include <lib/virtual_alloc.h>

/* The line of the first thing that is not so. */
#define NEED(condition) \
	do { \
		if (!(condition)) \
			return __LINE__; \
	} while (0)

namespace {

constexpr size_t kPageSize = 4096;
constexpr size_t kPageLog2 = 12;
constexpr size_t kBlockLog2 = 21;
constexpr size_t kSize = 16 << 20;

template <typename T, typename U> struct is_same { static constexpr bool value = false; };
template <typename T> struct is_same<T, T> { static constexpr bool value = true; };

/* Signatures are part of the promise. */
static_assert(is_same<decltype(&VirtualAlloc::Init),
		      zx_status_t (VirtualAlloc::*)(vaddr_t, size_t, size_t, size_t)>::value, "");
static_assert(is_same<decltype(&VirtualAlloc::AllocPages),
		      zx::result<vaddr_t> (VirtualAlloc::*)(size_t)>::value, "");
static_assert(is_same<decltype(&VirtualAlloc::CanAttemptContiguousMappings),
		      bool (VirtualAlloc::*)() const>::value, "");
static_assert(is_same<decltype(&VirtualAlloc::DebugBitmapPages),
		      size_t (VirtualAlloc::*)() const>::value, "");
static_assert(!__is_constructible(VirtualAlloc, const VirtualAlloc &), "not copied");
static_assert(!__is_constructible(VirtualAlloc, VirtualAlloc &&), "not moved");
static_assert(!__is_assignable(VirtualAlloc &, const VirtualAlloc &), "not copied");
static_assert(!__is_assignable(VirtualAlloc &, VirtualAlloc &&), "not moved");
static_assert(!__is_constructible(VirtualAlloc), "wants a state");
static_assert(sizeof(VirtualAlloc) == sizeof(virtual_alloc), "and nothing else");

/* Neither exists before main() in any order that matters. */
VirtualAlloc of_the_program(vm_page_state::HEAP);

} /* namespace */

extern "C" {

int cxx_before_init(void)
{
	VirtualAlloc alloc(vm_page_state::HEAP);

	NEED(alloc.AllocPages(0).status_value() == ZX_ERR_BAD_STATE);
	NEED(alloc.AllocPages(1).status_value() == ZX_ERR_BAD_STATE);
	NEED(alloc.FreePages(kPageSize, 1) == ZX_ERR_BAD_STATE);
	NEED(alloc.DebugFreeAllAllocations() == ZX_ERR_BAD_STATE);
	NEED(alloc.DebugAllocateVaddrRange(kPageSize, 1) == ZX_ERR_BAD_STATE);
	NEED(alloc.DebugBitmapPages() == 0);
	NEED(alloc.Base() == 0 && alloc.DebugAllocatedPages() == 0);
	return 0;
}

int cxx_result(void)
{
	zx::result<vaddr_t> good(ZX_OK, 5), bad(ZX_ERR_NO_MEMORY, 0);
	const zx::result<vaddr_t> &same = good;

	NEED(good.is_ok() && !good.is_error() && good.status_value() == ZX_OK);
	NEED(good.value() == 5 && *good == 5 && same.value() == 5 && *same == 5);
	*good = 6;
	NEED(same.value() == 6);
	NEED(!bad.is_ok() && bad.is_error() && bad.status_value() == ZX_ERR_NO_MEMORY);
	NEED(bad.error_value() == ZX_ERR_NO_MEMORY);
	return 0;
}

vaddr_t cxx_value_of_an_error(void)
{
	return zx::result<vaddr_t>(ZX_ERR_NO_MEMORY, 0).value();
}

int cxx_error_of_a_value(void)
{
	return zx::result<vaddr_t>(ZX_OK, 5).error_value();
}

int cxx_usual_life(void)
{
	VirtualAlloc alloc(vm_page_state::ALLOC);

	NEED(alloc.Init(0, kSize, 1, kBlockLog2) == ZX_OK);
	NEED(alloc.Init(0, kSize, 1, kBlockLog2) == ZX_ERR_BAD_STATE);
	NEED(alloc.DebugBitmapPages() == 1);
	NEED(alloc.AllocPages(0).status_value() == ZX_ERR_INVALID_ARGS);
	NEED(alloc.AllocPages(kSize).status_value() == ZX_ERR_NO_RESOURCES);

	zx::result<vaddr_t> two = alloc.AllocPages(2);
	NEED(two.is_ok() && *two == alloc.Base() + 2 * kPageSize);
	auto *bytes = reinterpret_cast<unsigned char *>(*two);
	for (size_t i = 0; i < 2 * kPageSize; i++)
		NEED(bytes[i] == 0);
	bytes[0] = bytes[2 * kPageSize - 1] = 1;

	NEED(alloc.FreePages(*two, 1) == ZX_OK);
	NEED(alloc.FreePages(*two, 1) == ZX_ERR_NOT_FOUND);
	NEED(bytes[2 * kPageSize - 1] == 1);
	NEED(alloc.DebugAllocateVaddrRange(*two, 2) == ZX_ERR_ALREADY_EXISTS);
	NEED(alloc.DebugAllocateVaddrRange(*two, 1) == ZX_OK);
	NEED(alloc.DebugAllocatedPages() == 2);
	NEED(alloc.FreePages(*two + 1, 1) == ZX_ERR_INVALID_ARGS);
	alloc.DebugFreeAllAllocations();
	NEED(alloc.DebugAllocatedPages() == 0);

	zx::result<vaddr_t> block = alloc.AllocPages(512);
	NEED(block.is_ok() && *block % (512 * kPageSize) == 0);
	alloc.FreePages(*block, 512);
	return 0;
}

int cxx_frames(void)
{
	VirtualAlloc alloc(vm_page_state::ALLOC);

	NEED(alloc.UseFrames() == ZX_OK);
	NEED(!alloc.CanAttemptContiguousMappings());
	NEED(alloc.Init(0, kSize, 1, kPageLog2) == ZX_OK);
	NEED(alloc.UseFrames() == ZX_ERR_BAD_STATE);

	zx::result<vaddr_t> page = alloc.AllocPages(1);
	NEED(page.is_ok());
	*reinterpret_cast<unsigned char *>(*page) = 1;
	NEED(alloc.FreePages(*page, 1) == ZX_OK);
	return 0;
}

/* Destructors give back what was left allocated, and what was chosen as base. */
int cxx_scope(void)
{
	vaddr_t base = 0;

	for (int i = 0; i < 3; i++) {
		VirtualAlloc alloc(vm_page_state::HEAP);

		NEED(alloc.Init(base, kSize, 0, kPageLog2) == ZX_OK);
		NEED(base == 0 || alloc.Base() == base);
		base = alloc.Base();
		NEED(alloc.AllocPages(100).is_ok());
	}
	return 0;
}

int cxx_can_attempt_contiguous_mappings(void)
{
	VirtualAlloc alloc(vm_page_state::HEAP);
	const bool before = alloc.CanAttemptContiguousMappings();

	NEED(alloc.Init(0, kSize, 1, kBlockLog2) == ZX_OK);
	NEED(before == alloc.CanAttemptContiguousMappings());
	return before ? -1 : -2;
}

int cxx_static_object(void)
{
	NEED(of_the_program.AllocPages(1).status_value() == ZX_ERR_BAD_STATE);
	NEED(of_the_program.Init(0, kSize, 1, kPageLog2) == ZX_OK);
	NEED(of_the_program.AllocPages(7).is_ok());
	return 0;
}

} /* extern "C" */
