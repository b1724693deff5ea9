// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * VirtualAlloc of Zircon: a region of the module's behind each object.
 *
 * An object has one word that says what it is, and that is only changed
 * atomically: the number of its descriptor, NO_REGION or BEING_MADE, and the
 * generation of the process it is so in.  fork() begins a new generation in the
 * child; a word of an older one is as good as NO_REGION, for the child has the
 * descriptor and not the memory.  There is no lock, so a child never waits for a
 * thread it has not got.
 *
 * malloc() may be made of this, so nothing here calls it.
 */
#include "lib/virtual_alloc.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "default_handle.h"
#include "export.h"
#include "handle.h"
#include "sys.h"
#include "zircon_status.h"
#include "zircon_unmap.h"

#define NO_REGION 0
#define BEING_MADE (-1)
#define GENERATION_SHIFT 32

static uint32_t generation;	/* changes in a child, before it has threads */
static pthread_once_t forks_watched = PTHREAD_ONCE_INIT;
static int cannot_watch_forks;

static void begin_generation(void)
{
	generation++;
}

static void watch_forks(void)
{
	cannot_watch_forks = pthread_atfork(NULL, NULL, begin_generation);
}

static uint64_t word_of(int fd)
{
	return (uint64_t)generation << GENERATION_SHIFT | (uint32_t)fd;
}

static int fd_of(uint64_t word)
{
	return (int)(uint32_t)word;
}

static uint64_t load(const struct virtual_alloc *object)
{
	return __atomic_load_n(&object->word, __ATOMIC_ACQUIRE);
}

static void store(struct virtual_alloc *object, int fd)
{
	__atomic_store_n(&object->word, word_of(fd), __ATOMIC_RELEASE);
}

static bool is_of_parent(uint64_t word)
{
	return word >> GENERATION_SHIFT != generation;
}

/* The descriptor, or what is not positive. */
static int region_of(const struct virtual_alloc *object)
{
	uint64_t word = load(object);

	return is_of_parent(word) ? NO_REGION : fd_of(word);
}

/* The descriptor behind an ioctl may be another file's by now, or a region's. */
static bool still_open(const struct virtual_alloc *object, int fd)
{
	struct stat now;

	return fd > 0 && !physvm_sys_fstat(fd, &now) && now.st_dev == object->device &&
	       now.st_ino == object->inode;
}

static int region_ioctl(const struct virtual_alloc *object, unsigned long request, void *arg)
{
	int fd = region_of(object);
	int err;

	if (fd <= 0)
		return -EBADFD;
	err = physvm_sys_ioctl(fd, request, arg);
	return err == -ENOTTY ? -EBADF : err;
}

EXPORT void virtual_alloc_create(struct virtual_alloc *object, vm_page_state page_state)
{
	*object = (struct virtual_alloc)VIRTUAL_ALLOC_INITIALIZER(page_state);
}

/* Nobody but us gives the object a region from now on. */
static bool claim(struct virtual_alloc *object)
{
	uint64_t word = load(object);
	int inherited;

	if (!is_of_parent(word) && fd_of(word) != NO_REGION)
		return false;
	inherited = fd_of(word);
	if (!__atomic_compare_exchange_n(&object->word, &word, word_of(BEING_MADE), false,
					 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return false;
	if (still_open(object, inherited))
		physvm_sys_close(inherited);
	return true;
}

/* The options are of the region to come: whoever is making one has read them. */
EXPORT zx_status_t virtual_alloc_use_frames(struct virtual_alloc *object)
{
	const uint64_t word = load(object);

	if (!is_of_parent(word) && fd_of(word) != NO_REGION)
		return ZX_ERR_BAD_STATE;
	__atomic_store_n(&object->options, PHYSVM_REGION_FRAMES, __ATOMIC_RELAXED);
	return ZX_OK;
}

static int make_region(struct physvm *handle, void *region)
{
	return physvm_sys_ioctl(handle->fd, PHYSVM_REGION, region);
}

/* Not 0, 1 or 2; see physvm_sys_dup(). */
static int keep_descriptor(int *fd)
{
	int low = *fd;

	if (low > STDERR_FILENO)
		return 0;
	*fd = physvm_sys_dup(low);
	physvm_sys_close(low);
	return *fd < 0 ? *fd : 0;
}

static int remember(struct virtual_alloc *object, struct physvm_region *region)
{
	struct stat status;
	int err = keep_descriptor(&region->out_fd);

	if (err)
		return err;
	err = physvm_sys_fstat(region->out_fd, &status);
	if (err) {
		physvm_sys_close(region->out_fd);
		return err;
	}
	object->base = region->out_base;
	object->size = region->length;
	object->device = status.st_dev;
	object->inode = status.st_ino;
	return 0;
}

static int give_region(struct virtual_alloc *object, struct physvm_region *region)
{
	int err = physvm_with_default_handle(make_region, region);

	if (err)
		return err;
	err = remember(object, region);
	if (err)
		physvm_sys_munmap((void *)(uintptr_t)region->out_base, region->length);
	return err;
}

EXPORT zx_status_t virtual_alloc_init(struct virtual_alloc *object, vaddr_t base, size_t size,
				      size_t alloc_guard, size_t align_log2)
{
	struct physvm_region region = {
		.size = sizeof(region),
		.flags = __atomic_load_n(&object->options, __ATOMIC_RELAXED),
		.base = base,
		.length = size,
		.guard_pages = alloc_guard,
		.align_log2 = (uint32_t)align_log2,
		.page_state = object->page_state,
	};
	int err;

	pthread_once(&forks_watched, watch_forks);
	if (!claim(object))
		return ZX_ERR_BAD_STATE;
	if (cannot_watch_forks)
		err = -ENOMEM;
	else if (align_log2 > UINT32_MAX)
		err = -EINVAL;
	else
		err = give_region(object, &region);
	store(object, err ? NO_REGION : region.out_fd);
	return physvm_zx_status(err);
}

static int free_range(struct virtual_alloc *object, uint32_t flags, vaddr_t vaddr, size_t pages)
{
	struct physvm_region_free args = {
		.size = sizeof(args),
		.flags = flags,
		.addr = vaddr,
		.pages = pages,
	};

	return region_ioctl(object, PHYSVM_REGION_FREE, &args);
}

/*
 * The program may have closed our descriptor, and another object's region have
 * got the number.
 */
static int foreign(struct virtual_alloc *object, vaddr_t vaddr, size_t pages)
{
	free_range(object, 0, vaddr, pages);
	return -EBADFD;
}

EXPORT zx_status_t virtual_alloc_alloc_pages(struct virtual_alloc *object, size_t pages,
					     vaddr_t *vaddr)
{
	struct physvm_region_alloc args = { .size = sizeof(args), .pages = pages };
	int err = region_ioctl(object, PHYSVM_REGION_ALLOC, &args);

	if (!err && args.out_addr - object->base >= object->size)
		err = foreign(object, args.out_addr, pages);
	if (!err)
		*vaddr = args.out_addr;
	return physvm_zx_status(err);
}

EXPORT zx_status_t virtual_alloc_free_pages(struct virtual_alloc *object, vaddr_t vaddr,
					    size_t pages)
{
	return physvm_zx_status(free_range(object, 0, vaddr, pages));
}

EXPORT zx_status_t virtual_alloc_debug_free_all_allocations(struct virtual_alloc *object)
{
	if (!still_open(object, region_of(object)))
		return ZX_ERR_BAD_STATE;
	return physvm_zx_status(free_range(object, PHYSVM_REGION_FREE_ALL, 0, 0));
}

EXPORT zx_status_t virtual_alloc_debug_allocate_vaddr_range(struct virtual_alloc *object,
							    vaddr_t vaddr, size_t pages)
{
	struct physvm_region_alloc args = {
		.size = sizeof(args),
		.flags = PHYSVM_REGION_AT,
		.pages = pages,
		.addr = vaddr,
	};

	return physvm_zx_status(region_ioctl(object, PHYSVM_REGION_ALLOC, &args));
}

/* All zero when the object has no region. */
static struct physvm_region_stat stat_of(const struct virtual_alloc *object)
{
	struct physvm_region_stat stat = { .size = sizeof(stat) };

	if (region_ioctl(object, PHYSVM_REGION_STAT, &stat))
		stat = (struct physvm_region_stat){};
	return stat;
}

EXPORT size_t virtual_alloc_debug_bitmap_pages(const struct virtual_alloc *object)
{
	return stat_of(object).out_bitmap_pages;
}

EXPORT size_t virtual_alloc_debug_allocated_pages(const struct virtual_alloc *object)
{
	return stat_of(object).out_allocated_pages;
}

EXPORT vaddr_t virtual_alloc_base(const struct virtual_alloc *object)
{
	return region_of(object) > 0 ? object->base : 0;
}

static int ask_for_info(struct physvm *handle, void *info)
{
	return physvm_info(handle, info);
}

EXPORT bool virtual_alloc_can_attempt_contiguous_mappings(const struct virtual_alloc *object)
{
	struct physvm_info info;

	if (region_of(object) > 0)
		return stat_of(object).out_contiguous;
	return !object->options && !physvm_with_default_handle(ask_for_info, &info) &&
	       info.out_features & PHYSVM_FEATURE_HUGE;
}

/*
 * The pages go first: a forked child may have the descriptor, and then the region
 * is there as long as the child is.
 */
EXPORT void virtual_alloc_destroy(struct virtual_alloc *object)
{
	const uint64_t word = load(object);
	const bool open = still_open(object, fd_of(word));

	if (open && !is_of_parent(word))
		free_range(object, PHYSVM_REGION_FREE_ALL, 0, 0);
	if (open)
		physvm_sys_close(fd_of(word));
	if (fd_of(word) > 0 && !is_of_parent(word))
		physvm_zx_unmap(object);
	object->options = 0;
	store(object, NO_REGION);
}
