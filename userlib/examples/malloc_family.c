// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The malloc family made of KosMem calls, as in a libc for KasperskyOS.  In this
 * program all memory of the C library's own is the pool's, too.
 */
#include <kos/alloc.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *malloc(size_t size)
{
	return KosMemAlloc(size);
}

void free(void *ptr)
{
	KosMemFree(ptr);
}

size_t malloc_usable_size(void *ptr)
{
	return KosMemGetSize(ptr);
}

void *calloc(size_t count, size_t size)
{
	size_t total;

	if (!__builtin_mul_overflow(count, size, &total))
		return KosMemZalloc(total);
	errno = ENOMEM;
	return NULL;
}

void *realloc(void *ptr, size_t size)
{
	size_t old = KosMemGetSize(ptr);
	void *moved;

	if (ptr && size <= old && size >= old / 2)
		return ptr;
	moved = KosMemAlloc(size);
	if (!moved)
		return NULL;
	if (ptr)
		memcpy(moved, ptr, old < size ? old : size);
	KosMemFree(ptr);
	return moved;
}

void *aligned_alloc(size_t align, size_t size)
{
	return KosMemAllocEx(size, align, 0);
}

int posix_memalign(void **ptr, size_t align, size_t size)
{
	int saved_errno = errno, err = 0;
	void *made;

	if (align % sizeof(void *))
		return EINVAL;
	made = KosMemAllocEx(size, align, 0);
	if (made)
		*ptr = made;
	else
		err = errno;
	errno = saved_errno;
	return err;
}

/* A use of it: reads lines and shows them in order. */

struct lines {
	char **line;
	size_t count;
};

static void need(const void *memory)
{
	if (memory)
		return;
	perror("malloc_family");
	exit(EXIT_FAILURE);
}

static void add_line(struct lines *lines, const char *text)
{
	lines->line = realloc(lines->line, (lines->count + 1) * sizeof(*lines->line));
	need(lines->line);
	lines->line[lines->count] = strdup(text);
	need(lines->line[lines->count++]);
}

static void read_lines(struct lines *lines, FILE *from)
{
	char *text = NULL;
	size_t size = 0;

	while (getline(&text, &size, from) > 0)
		add_line(lines, text);
	free(text);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void show_and_free(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		printf("%s", lines->line[i]);
		free(lines->line[i]);
	}
	free(lines->line);
}

int main(void)
{
	static char input[] = "pear\napple\nquince\ncherry\n";
	struct lines lines = { NULL, 0 };
	void *page;
	FILE *from = fmemopen(input, sizeof(input) - 1, "r");

	need(from);
	read_lines(&lines, from);
	fclose(from);
	qsort(lines.line, lines.count, sizeof(*lines.line), compare);
	show_and_free(&lines);

	if (posix_memalign(&page, 65536, 100))
		need(NULL);
	printf("100 bytes at a multiple of 65536: %s, %zu can be used\n",
	       (uintptr_t)page % 65536 ? "no" : "yes", malloc_usable_size(page));
	free(page);
	return 0;
}
