// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Small memory.  A slab is 16 pages of slots of one size, of which there are four
 * to each power of two.  Slots that were freed are a list through themselves;
 * those that never were in use come after @fresh.
 *
 * A slab without a used slot goes back to the region, unless its size has no other
 * with room.
 */
#include <pthread.h>

#include "heap.h"

#define SLOT_MIN ((size_t)16)
#define CLASSES 32

struct slot {
	struct slot *next;
};

struct slab {
	struct slab *next;	/* of those with room */
	struct slab **link;
	struct slot *freed;
	uint32_t class;
	uint32_t used;
	uint32_t fresh;
	uint32_t slots;
};

/* A size of slots. */
static struct class {
	pthread_mutex_t lock;
	struct slab *open;	/* slabs with room */
} classes[CLASSES] = {
	[0 ... CLASSES - 1] = { PTHREAD_MUTEX_INITIALIZER, NULL },
};

/* 16, 32, 48, 64, then 80, 96, 112, 128, 160, 192 and so on. */
static size_t class_size(uint32_t class)
{
	if (class < 4)
		return SLOT_MIN * (class + 1);
	return SLOT_MIN * (class % 4 + 5) << (class / 4 - 1);
}

static uint32_t class_of(size_t size)
{
	uint32_t class = 0;
	int doubling;

	if (size <= 4 * SLOT_MIN)
		return size ? (uint32_t)((size - 1) / SLOT_MIN) : 0;
	doubling = 63 - __builtin_clzl(size - 1);	/* 2^doubling < size */
	class = (uint32_t)((size - 1) >> (doubling - 2)) & 3;
	return (uint32_t)(doubling - 5) * 4 + class;
}

/* Slots are as aligned as their size allows. */
static size_t first_offset(size_t size)
{
	size_t align = size & -size;

	return round_up(sizeof(struct slab), align < PAGE_SIZE ? align : PAGE_SIZE);
}

static struct slot *slot_at(const struct slab *slab, uint32_t number)
{
	size_t size = class_size(slab->class);

	return (struct slot *)((char *)slab + first_offset(size) + number * size);
}

static struct slab *slab_of(const void *slot)
{
	uintptr_t page = (uintptr_t)slot & ~(PAGE_SIZE - 1);

	return (struct slab *)(page - page_info(slot).number * PAGE_SIZE);
}

static void link_slab(struct slab *slab)
{
	struct slab **list = &classes[slab->class].open;

	slab->next = *list;
	slab->link = list;
	if (slab->next)
		slab->next->link = &slab->next;
	*list = slab;
}

static void unlink_slab(struct slab *slab)
{
	*slab->link = slab->next;
	if (slab->next)
		slab->next->link = slab->link;
}

static struct slab *open_slab(uint32_t class)
{
	struct slab *slab = pages_get(SLAB_PAGES, PAGE_SIZE, PAGE_SLAB);
	size_t size = class_size(class);

	if (!slab)
		return NULL;
	slab->class = class;
	slab->slots = (uint32_t)((SLAB_PAGES * PAGE_SIZE - first_offset(size)) / size);
	link_slab(slab);
	return slab;
}

static void *take(struct slab *slab)
{
	struct slot *slot = slab->freed;

	if (slot)
		slab->freed = slot->next;
	else
		slot = slot_at(slab, slab->fresh++);
	if (++slab->used == slab->slots)
		unlink_slab(slab);
	return slot;
}

/* A multiple of @align is one still when it is rounded up to a class's size. */
void *slab_get(size_t size, size_t align)
{
	uint32_t class = class_of(round_up(size, align));
	struct class *of = &classes[class];
	struct slab *slab;
	void *slot = NULL;

	pthread_mutex_lock(&of->lock);
	slab = of->open ? of->open : open_slab(class);
	if (slab)
		slot = take(slab);
	pthread_mutex_unlock(&of->lock);
	return slot;
}

static void give(struct slab *slab, struct slot *slot)
{
	slot->next = slab->freed;
	slab->freed = slot;
	if (slab->used-- == slab->slots)
		link_slab(slab);
}

static bool is_dispensable(const struct slab *slab)
{
	return !slab->used && (slab->next || classes[slab->class].open != slab);
}

void slab_put(void *slot)
{
	struct slab *slab = slab_of(slot);
	pthread_mutex_t *lock = &classes[slab->class].lock;

	pthread_mutex_lock(lock);
	give(slab, slot);
	if (is_dispensable(slab)) {
		unlink_slab(slab);
		pages_put(slab, SLAB_PAGES);
	}
	pthread_mutex_unlock(lock);
}

size_t slab_slot_size(const void *slot)
{
	return class_size(slab_of(slot)->class);
}

void slabs_lock(void)
{
	for (int class = 0; class < CLASSES; class++)
		pthread_mutex_lock(&classes[class].lock);
}

void slabs_unlock(void)
{
	for (int class = 0; class < CLASSES; class++)
		pthread_mutex_unlock(&classes[class].lock);
}
