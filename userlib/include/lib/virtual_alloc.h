/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * VirtualAlloc of Zircon: an allocator of pages within a region of addresses.
 */
#ifndef LIB_VIRTUAL_ALLOC_H
#define LIB_VIRTUAL_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * DOC: Regions of addresses
 *
 * An object gives out pages at addresses within one region.  Pages that were
 * allocated can be read and written at once and are zero; every other address of
 * the region is SIGSEGV, so what overruns an allocation faults in the guard
 * pages around it.  Where an allocation comes to lie is exactly what it would be
 * in Zircon; see VirtualAlloc(3).
 *
 * An object is to be used in the process that initialised it.  In a child of
 * fork(2), which does not have the memory, it is as before virtual_alloc_init(),
 * which may be called again, for the same addresses if need be.
 *
 * All functions may be called from several threads at once, also for one object,
 * but virtual_alloc_create() and virtual_alloc_destroy() for those who use it at
 * that moment.  They print nothing, leave errno alone and do not call malloc(),
 * which may be made of them.
 *
 * Besides the codes named with each function there are
 * ZX_ERR_UNAVAILABLE when the module is not loaded, ZX_ERR_ACCESS_DENIED when
 * /dev/physvm may not be opened, and ZX_ERR_NOT_SUPPORTED when the module is
 * older than regions, from virtual_alloc_init(); ZX_ERR_INTERNAL for what should
 * not be possible.  A call that fails has changed nothing.
 */

typedef int32_t zx_status_t;
typedef uintptr_t vaddr_t;

#ifndef ZX_OK
#define ZX_OK			0
#define ZX_ERR_INTERNAL		(-1)
#define ZX_ERR_NOT_SUPPORTED	(-2)
#define ZX_ERR_NO_RESOURCES	(-3)
#define ZX_ERR_NO_MEMORY	(-4)
#define ZX_ERR_INVALID_ARGS	(-10)
#define ZX_ERR_BAD_STATE	(-20)
#define ZX_ERR_NOT_FOUND	(-25)
#define ZX_ERR_ALREADY_EXISTS	(-26)
#define ZX_ERR_UNAVAILABLE	(-28)
#define ZX_ERR_ACCESS_DENIED	(-30)
#endif

/*
 * What the pages are for: kept with the region, and no more.  The numbers are
 * this library's.
 */
#ifdef __cplusplus
enum class vm_page_state : uint32_t {
	FREE, ALLOC, OBJECT, WIRED, HEAP, MMU, IOMMU, IPC, CACHE, SLAB,
};
#else
typedef enum vm_page_state {
	VM_PAGE_STATE_FREE,
	VM_PAGE_STATE_ALLOC,
	VM_PAGE_STATE_OBJECT,
	VM_PAGE_STATE_WIRED,
	VM_PAGE_STATE_HEAP,
	VM_PAGE_STATE_MMU,
	VM_PAGE_STATE_IOMMU,
	VM_PAGE_STATE_IPC,
	VM_PAGE_STATE_CACHE,
	VM_PAGE_STATE_SLAB,
} vm_page_state;
#endif

/**
 * struct virtual_alloc - an allocator; its members are the library's
 * @page_state: vm_page_state of the pages
 * @options: what was asked for before it had a region
 * @word: the descriptor of its region, and in which child of which child
 * @base: first address of the region
 * @size: its bytes
 * @device: of the descriptor
 * @inode: of the descriptor, which is the id of the region's area
 */
struct virtual_alloc {
	uint32_t page_state;
	uint32_t options;
	uint64_t word;
	vaddr_t base;
	size_t size;
	uint64_t device;
	uint64_t inode;
};

/* Does what virtual_alloc_create() does, for an object that is a static variable. */
#define VIRTUAL_ALLOC_INITIALIZER(page_state) { (uint32_t)(page_state), 0, 0, 0, 0, 0, 0 }

#ifdef __cplusplus
extern "C" {
#endif

/**
 * virtual_alloc_create() - Make an object that has no region yet
 * @object: memory for it, which stays where it is
 * @page_state: what its pages will be for
 *
 * The constructor of VirtualAlloc.  Cannot fail.
 */
void virtual_alloc_create(struct virtual_alloc *object, vm_page_state page_state);

/**
 * virtual_alloc_use_frames() - Have pages that nobody but the program can hold
 * @object: object without a region
 *
 * Not a call of Zircon's.  Allocating and freeing many pages is several times
 * cheaper in the region the object is given next, for the kernel keeps no count of
 * who uses them.  In return O_DIRECT, vmsplice(2), registered buffers of io_uring
 * and whatever else works on a program's pages behind its back are EFAULT for
 * them, core files lack them, and no large page is used.
 *
 * Return: ZX_OK, or ZX_ERR_BAD_STATE when the object has a region.
 */
zx_status_t virtual_alloc_use_frames(struct virtual_alloc *object);

/**
 * virtual_alloc_init() - Give an object its region
 * @object: from virtual_alloc_create()
 * @base: first address, where nothing is mapped; 0 to have some chosen
 * @size: bytes
 * @alloc_guard: the least number of pages between two allocations
 * @align_log2: alignment of @base, @size and allocations of at least that much
 *
 * Takes the addresses at once and pages of the pool as they are allocated.
 *
 * Return: ZX_OK.  ZX_ERR_BAD_STATE when the object has a region, whatever the
 * other arguments are.  ZX_ERR_INVALID_ARGS when @align_log2 is less than a
 * page's, @size is 0, @base or @size is not aligned, the region leads beyond the
 * last address or is too small for its guards.  ZX_ERR_ALREADY_EXISTS when
 * something is mapped in it.  ZX_ERR_NO_MEMORY when the process has no such
 * addresses, or the kernel no memory.  ZX_ERR_NO_RESOURCES when no descriptor is
 * left.
 */
zx_status_t virtual_alloc_init(struct virtual_alloc *object, vaddr_t base, size_t size,
			       size_t alloc_guard, size_t align_log2);

/**
 * virtual_alloc_alloc_pages() - Allocate pages
 * @object: object with a region
 * @pages: how many
 * @vaddr: set to the address of the first on success
 *
 * Return: ZX_OK.  ZX_ERR_BAD_STATE when the object has no region,
 * ZX_ERR_INVALID_ARGS when @pages is 0, ZX_ERR_NO_RESOURCES when the region has
 * no room, ZX_ERR_NO_MEMORY when the pool has not that much left.
 */
zx_status_t virtual_alloc_alloc_pages(struct virtual_alloc *object, size_t pages,
				      vaddr_t *vaddr);

/**
 * virtual_alloc_free_pages() - Free pages
 * @object: object with a region
 * @vaddr: address of the first
 * @pages: how many; not 0
 *
 * Any pages that are allocated, whichever calls they came from.  Their contents
 * are lost, and a touch is SIGSEGV.
 *
 * Return: ZX_OK.  ZX_ERR_BAD_STATE when the object has no region,
 * ZX_ERR_INVALID_ARGS when @pages is 0, @vaddr is not a page's or the range is not
 * all within the region, behind its bitmap; ZX_ERR_NOT_FOUND when some page is
 * not allocated.
 */
zx_status_t virtual_alloc_free_pages(struct virtual_alloc *object, vaddr_t vaddr, size_t pages);

/**
 * virtual_alloc_debug_bitmap_pages() - Ask how much of the region is not given out
 * @object: the object
 *
 * The pages at the region's start that Zircon keeps its bitmap in.
 *
 * Return: their number, or 0 when the object has no region.
 */
size_t virtual_alloc_debug_bitmap_pages(const struct virtual_alloc *object);

/**
 * virtual_alloc_debug_free_all_allocations() - Free all pages
 * @object: object with a region
 *
 * Return: ZX_OK, or ZX_ERR_BAD_STATE when the object has no region.
 */
zx_status_t virtual_alloc_debug_free_all_allocations(struct virtual_alloc *object);

/**
 * virtual_alloc_debug_allocate_vaddr_range() - Allocate pages at an address
 * @object: object with a region
 * @vaddr: address of the first
 * @pages: how many; not 0
 *
 * Guards and alignment do not matter, and where the next
 * virtual_alloc_alloc_pages() begins to look stays the same.
 *
 * Return: as virtual_alloc_free_pages(), but ZX_ERR_ALREADY_EXISTS when some page
 * is allocated; ZX_ERR_NO_MEMORY when the pool has not that much left.
 */
zx_status_t virtual_alloc_debug_allocate_vaddr_range(struct virtual_alloc *object,
						     vaddr_t vaddr, size_t pages);

/**
 * virtual_alloc_can_attempt_contiguous_mappings() - Ask about large pages
 * @object: the object, with or without a region
 *
 * Return: whether large allocations may get memory that is contiguous and mapped
 * by entries of 2 MiB; not after virtual_alloc_use_frames().
 */
bool virtual_alloc_can_attempt_contiguous_mappings(const struct virtual_alloc *object);

/**
 * virtual_alloc_destroy() - Free all pages and give the region's addresses back
 * @object: object from virtual_alloc_create()
 *
 * Leaves it as virtual_alloc_create() did.
 */
void virtual_alloc_destroy(struct virtual_alloc *object);

/**
 * virtual_alloc_base() - Ask where the region is
 * @object: the object
 *
 * Not a call of Zircon's.
 *
 * Return: its first address, or 0 when the object has no region.
 */
vaddr_t virtual_alloc_base(const struct virtual_alloc *object);

/**
 * virtual_alloc_debug_allocated_pages() - Count the pages that are allocated
 * @object: the object
 *
 * Not a call of Zircon's, where pages that are allocated still when the object
 * is destroyed end the program.
 *
 * Return: their number, or 0 when the object has no region.
 */
size_t virtual_alloc_debug_allocated_pages(const struct virtual_alloc *object);

#ifdef __cplusplus
} /* extern "C" */

namespace zx {

/**
 * class result - a value, or the code that says why there is none
 *
 * Asking for the one that is not there ends the program.
 */
template <typename T>
class [[nodiscard]] result {
public:
	constexpr result(zx_status_t status, T value) : status_(status), value_(value) {}

	constexpr bool is_ok() const { return status_ == ZX_OK; }
	constexpr bool is_error() const { return status_ != ZX_OK; }
	constexpr zx_status_t status_value() const { return status_; }

	constexpr zx_status_t error_value() const
	{
		need(is_error());
		return status_;
	}

	constexpr T &value()
	{
		need(is_ok());
		return value_;
	}

	constexpr const T &value() const
	{
		need(is_ok());
		return value_;
	}

	constexpr T &operator*() { return value(); }
	constexpr const T &operator*() const { return value(); }

private:
	static constexpr void need(bool condition)
	{
		if (!condition)
			__builtin_trap();
	}

	zx_status_t status_;
	T value_;
};

} /* namespace zx */

/**
 * class VirtualAlloc - struct virtual_alloc and its functions, as Zircon has them
 *
 * Where Zircon's end the kernel these return a code, which may be ignored.
 */
class VirtualAlloc {
public:
	explicit constexpr VirtualAlloc(vm_page_state allocated_page_state)
		: object_ VIRTUAL_ALLOC_INITIALIZER(allocated_page_state) {}
	~VirtualAlloc() { virtual_alloc_destroy(&object_); }

	VirtualAlloc(const VirtualAlloc &) = delete;
	VirtualAlloc(VirtualAlloc &&) = delete;
	VirtualAlloc &operator=(const VirtualAlloc &) = delete;
	VirtualAlloc &operator=(VirtualAlloc &&) = delete;

	zx_status_t Init(vaddr_t base, size_t size, size_t alloc_guard, size_t align_log2)
	{
		return virtual_alloc_init(&object_, base, size, alloc_guard, align_log2);
	}

	zx::result<vaddr_t> AllocPages(size_t pages)
	{
		vaddr_t vaddr = 0;
		const zx_status_t status = virtual_alloc_alloc_pages(&object_, pages, &vaddr);

		return zx::result<vaddr_t>(status, vaddr);
	}

	zx_status_t FreePages(vaddr_t vaddr, size_t pages)
	{
		return virtual_alloc_free_pages(&object_, vaddr, pages);
	}

	size_t DebugBitmapPages() const { return virtual_alloc_debug_bitmap_pages(&object_); }

	zx_status_t DebugFreeAllAllocations()
	{
		return virtual_alloc_debug_free_all_allocations(&object_);
	}

	zx_status_t DebugAllocateVaddrRange(vaddr_t vaddr, size_t pages)
	{
		return virtual_alloc_debug_allocate_vaddr_range(&object_, vaddr, pages);
	}

	bool CanAttemptContiguousMappings() const
	{
		return virtual_alloc_can_attempt_contiguous_mappings(&object_);
	}

	/* These three are not Zircon's. */

	zx_status_t UseFrames() { return virtual_alloc_use_frames(&object_); }

	vaddr_t Base() const { return virtual_alloc_base(&object_); }

	size_t DebugAllocatedPages() const
	{
		return virtual_alloc_debug_allocated_pages(&object_);
	}

private:
	struct virtual_alloc object_;
};

#endif /* __cplusplus */

#endif /* LIB_VIRTUAL_ALLOC_H */
