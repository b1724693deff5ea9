// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The functions that bring pages in.  No addresses are looked up here: what the
 * device says of a page has the number of its callback in it.
 *
 * A callback stays when its area is freed, for others may share the area.  Nobody
 * says when the last of them is gone, so that is asked for now and then: whoever
 * makes one looks at two (mobius_pager.c).
 */
#include "mobius_callback.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* All of it, ordered by id.  Protected by @lock. */
static struct {
	struct physvm_vmm_callback *all;
	size_t count;
	size_t capacity;
	size_t turn;
	uint64_t last_id;
} table;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void acquire(void)
{
	pthread_mutex_lock(&lock);
}

static void release(void)
{
	pthread_mutex_unlock(&lock);
}

/* The child does not have the areas. */
static void begin_anew(void)
{
	table.count = 0;
	release();
}

__attribute__((constructor)) static void watch_forks(void)
{
	pthread_atfork(acquire, release, begin_anew);
}

static bool make_room(void)
{
	const size_t capacity = table.capacity ? 2 * table.capacity : 16;
	const int saved_errno = errno;
	void *all;

	if (table.count < table.capacity)
		return true;
	all = realloc(table.all, capacity * sizeof(*table.all));
	errno = saved_errno;
	if (!all)
		return false;
	table.all = all;
	table.capacity = capacity;
	return true;
}

uint64_t physvm_vmm_callback_add(const struct physvm_vmm_callback *callback)
{
	uint64_t id = 0;

	acquire();
	if (make_room()) {
		id = ++table.last_id;
		table.all[table.count] = *callback;
		table.all[table.count++].id = id;
	}
	release();
	return id;
}

static int compare(const void *id, const void *callback)
{
	const uint64_t a = *(const uint64_t *)id;
	const uint64_t b = ((const struct physvm_vmm_callback *)callback)->id;

	return a < b ? -1 : a > b;
}

static struct physvm_vmm_callback *look_up(uint64_t id)
{
	return table.count ? bsearch(&id, table.all, table.count, sizeof(*table.all), compare) :
			     NULL;
}

void physvm_vmm_callback_made(uint64_t id, uint64_t area_id, addr_t base)
{
	struct physvm_vmm_callback *callback;

	acquire();
	callback = look_up(id);
	if (callback) {
		callback->area_id = area_id;
		callback->base = base;
	}
	release();
}

void physvm_vmm_callback_remove(uint64_t id)
{
	struct physvm_vmm_callback *callback;

	acquire();
	callback = look_up(id);
	if (callback) {
		const size_t after = (size_t)(table.all + table.count - callback) - 1;

		memmove(callback, callback + 1, after * sizeof(*callback));
		table.count--;
	}
	release();
}

bool physvm_vmm_callback_find(uint64_t id, struct physvm_vmm_callback *callback)
{
	const struct physvm_vmm_callback *found;

	acquire();
	found = look_up(id);
	if (found)
		*callback = *found;
	release();
	return found;
}

bool physvm_vmm_callback_find_area(uint64_t area_id, struct physvm_vmm_callback *callback)
{
	bool found = false;

	acquire();
	for (size_t i = 0; i < table.count && !found; i++) {
		found = table.all[i].area_id == area_id;
		if (found)
			*callback = table.all[i];
	}
	release();
	return found;
}

bool physvm_vmm_callback_next(struct physvm_vmm_callback *callback)
{
	bool any;

	acquire();
	any = table.count;
	if (any)
		*callback = table.all[table.turn++ % table.count];
	release();
	return any;
}
