// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A child of fork(2) does not have its parent's region, and a program expects its
 * heap there.  So all that is allocated is copied into ordinary memory before the
 * fork, and in the child into a region of its own, at the same addresses.  That
 * costs what early systems' fork did: time and memory for all of the heap.
 *
 * posix_spawn(3) and vfork(2), and with them system(3) and popen(3), do without.
 *
 * Between the fork and the copying back the C library must not need the heap.  It
 * does when a program has threads and streams of fopen(3): such a one must not use
 * fork with this heap.
 */
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "heap.h"

/* Of the fork in progress; only one is, for all locks are held. */
static struct {
	char *copy;
	size_t size;
} saved;

static size_t used_size(void)
{
	size_t size = 0, count;
	char *pages = NULL;

	while ((pages = page_next_used(pages, &count)))
		size += count * PAGE_SIZE;
	return size;
}

static void copy_heap(void)
{
	char *to = saved.copy, *pages = NULL;
	size_t count;

	while ((pages = page_next_used(pages, &count))) {
		memcpy(to, pages, count * PAGE_SIZE);
		to += count * PAGE_SIZE;
	}
}

static bool copy_back(void)
{
	char *from = saved.copy, *pages = NULL;
	size_t count;

	if (!pages_begin_anew())
		return false;
	while ((pages = page_next_used(pages, &count))) {
		if (!pages_get_again(pages, count))
			return false;
		memcpy(pages, from, count * PAGE_SIZE);
		from += count * PAGE_SIZE;
	}
	return true;
}

static void before(void)
{
	slabs_lock();
	pages_lock();
	saved.copy = NULL;
	saved.size = used_size();
	if (!saved.size)
		return;
	saved.copy = mmap(NULL, saved.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	if (saved.copy != MAP_FAILED)
		copy_heap();
}

static void after(void)
{
	if (saved.copy && saved.copy != MAP_FAILED)
		munmap(saved.copy, saved.size);
	pages_unlock();
	slabs_unlock();
}

/* A child without its heap is not worth running. */
static void after_in_child(void)
{
	static const char complaint[] = "region_heap: no memory for a forked child\n";

	if (saved.copy == MAP_FAILED || !copy_back())
		_exit(write(STDERR_FILENO, complaint, sizeof(complaint) - 1) < 0 ? 126 : 127);
	after();
}

/* Behind the region's own, which has to come first in the child. */
void fork_watch(void)
{
	pthread_atfork(before, after, after_in_child);
}
