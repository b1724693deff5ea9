// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guided run through physvm. Read it from main() up, or run it: it prints
 * what it does and what it saw. Every number printed has been measured.
 *
 * usage: demo [DIRECTORY]
 *
 * DIRECTORY is on a disk, for the file that is read straight into an area;
 * /disk if none is given.
 */
#define _GNU_SOURCE
#include <coresrv/vmm/vmm_api.h>
#include <physvm.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "observe.h"
#include "stage.h"

#define PAGE 4096ul
#define KIB 1024ul
#define MIB (1024 * KIB)

static struct physvm *physvm;
static struct physvm_pool_stat before;
static struct physvm_pool_range longest;
static const char *directory = "/disk";

/* The pool itself. */

static void show_ranges(void)
{
	struct physvm_pool_range range;
	unsigned long long bytes = 0;
	int err;

	DO(err = physvm_pool_range(physvm, PHYSVM_POOL_RAM, 0, &range));
	for (; !err; err = physvm_pool_range(physvm, PHYSVM_POOL_RAM,
					     range.out_phys + range.out_length, &range)) {
		printf("     %#llx to %#llx, %llu MiB\n", range.out_phys,
		       range.out_phys + range.out_length - 1, range.out_length / MIB);
		bytes += range.out_length;
		if (range.out_length > longest.out_length)
			longest = range;
	}
	saw(bytes == before.out_total_pages * PAGE, "%llu MiB in all", bytes / MIB);
}

static void show_pool(void)
{
	struct physvm_info info;

	heading("The pool: physical memory that belongs to the module and to nobody else");
	DO(physvm_pool_stat(physvm, PHYSVM_POOL_RAM, &before));
	saw(before.out_total_pages, "%llu MiB", before.out_total_pages * PAGE / MIB);
	saw(before.out_free_pages == before.out_total_pages && !before.out_areas,
	    "%llu of %llu pages are free", before.out_free_pages, before.out_total_pages);
	DO(physvm_info(physvm, &info));
	saw(before.out_free_blocks * info.out_block_size == before.out_total_pages * PAGE,
	    "%llu blocks of %lu KiB", before.out_free_blocks, info.out_block_size / KIB);
	show_ranges();
}

/* The example of the KnVmAllocate() manual page. */

static void show_coredump(void)
{
	const rtl_size_t vmaSize = 6 * MIB + 3 * PAGE;
	struct { char *base; } room, *coredump = &room;

	heading("Memory for a core dump: reserved, committed and there at once");
	DO(coredump->base = KnVmAllocate(RTL_NULL, vmaSize,
					 VMM_FLAG_READ | VMM_FLAG_RESERVE |
					 VMM_FLAG_WRITE | VMM_FLAG_COMMIT |
					 VMM_FLAG_LOCKED));
	saw(coredump->base, "%zu KiB at %p", vmaSize / KIB, (void *)coredump->base);
	if (!coredump->base)
		return;
	saw(resident(coredump->base, vmaSize) == vmaSize, "before the first touch %zu KiB are resident",
	    resident(coredump->base, vmaSize) / KIB);
	saw(smaps(coredump->base, vmaSize, "Rss") == vmaSize,
	    "/proc/self/smaps: Rss %zu KiB, %zu KiB of it in huge pages",
	    smaps(coredump->base, vmaSize, "Rss") / KIB,
	    smaps(coredump->base, vmaSize, "FilePmdMapped") / KIB);
	saw(!strcmp(permissions(coredump->base), "rw-s"), "/proc/self/maps: %s",
	    permissions(coredump->base));
	saw(all_bytes(coredump->base, vmaSize, 0), "every byte is zero");
	DO(memset(coredump->base, 'd', vmaSize));
	saw(all_bytes(coredump->base, vmaSize, 'd'), "every byte can be written");
	DO(KnVmUnmap(coredump->base, vmaSize));
}

/* Lazy memory. */

static void show_lazy(void)
{
	const rtl_size_t size = 32 * MIB;
	size_t one, i;
	char *area;

	heading("Lazy memory: owned at once, mapped when it is touched");
	DO(area = KnVmAllocate(RTL_NULL, size, VMM_FLAG_RESERVE | VMM_FLAG_COMMIT |
			       VMM_FLAG_READ | VMM_FLAG_WRITE));
	saw(area, "%zu MiB at %p", size / MIB, (void *)area);
	if (!area)
		return;
	saw(!resident(area, size), "untouched, %zu KiB are resident", resident(area, size) / KIB);
	DO(area[5 * PAGE] = 1);
	one = resident(area, size);
	saw(one >= PAGE && one <= 2 * MIB, "after one touch, %zu KiB are resident", one / KIB);
	DO(for (i = 0; i < size; i += PAGE) area[i] = 1);
	saw(resident(area, size) == size, "after a touch of every page, %zu KiB are resident",
	    resident(area, size) / KIB);
	DO(KnVmUnmap(area, size));
}

/* Guards. */

#define GUARDED (4 * PAGE)

static void overrun(char *base)
{
	volatile char *byte;

	for (byte = base; byte <= base + GUARDED; byte++)
		*byte = 'x';
}

static void underrun(char *base)
{
	volatile char *byte;

	for (byte = base + GUARDED - 1; byte >= base - 1; byte--)
		*byte = 'x';
}

static void show_guards(void)
{
	char *base, *at;

	heading("Guard pages: one byte too far is caught");
	DO(base = KnVmAllocate(RTL_NULL, GUARDED, VMM_FLAG_RESERVE | VMM_FLAG_COMMIT |
			       VMM_FLAG_READ | VMM_FLAG_WRITE |
			       VMM_FLAG_LOW_GUARD | VMM_FLAG_HIGH_GUARD));
	saw(base, "%lu KiB at %p, so up to %p", GUARDED / KIB, (void *)base,
	    (void *)(base + GUARDED - 1));
	if (!base)
		return;
	DO(at = caught_at(overrun, base));
	saw(at == base + GUARDED, "writing upwards: SIGSEGV at %p", (void *)at);
	DO(at = caught_at(underrun, base));
	saw(at == base - 1, "writing downwards: SIGSEGV at %p", (void *)at);
	saw(all_bytes(base, GUARDED, 'x'), "everything in between was written");
	DO(KnVmUnmap(base, GUARDED));
}

/* Protection. */

static void write_byte(char *addr)
{
	*(volatile char *)addr = 'w';
}

static void show_protect(void)
{
	char *area, *at;

	heading("Protection can be changed");
	DO(area = KnVmAllocate(RTL_NULL, 16 * PAGE, VMM_FLAG_RESERVE | VMM_FLAG_COMMIT |
			       VMM_FLAG_READ | VMM_FLAG_WRITE));
	if (!area) {
		saw(false, "no memory");
		return;
	}
	DO(memset(area, 'a', 16 * PAGE));
	DO(KnVmProtect(area, 16 * PAGE, VMM_FLAG_READ));
	at = caught_at(write_byte, area + 3 * PAGE);
	saw(at == area + 3 * PAGE, "a write to %p: SIGSEGV at %p", (void *)(area + 3 * PAGE), (void *)at);
	saw(all_bytes(area, 16 * PAGE, 'a'), "all of it reads as before");
	DO(KnVmProtect(area, 16 * PAGE, VMM_FLAG_READ | VMM_FLAG_WRITE));
	at = caught_at(write_byte, area + 3 * PAGE);
	saw(!at && area[3 * PAGE] == 'w', "the same write: '%c' is there", area[3 * PAGE]);
	DO(KnVmUnmap(area, 16 * PAGE));
}

/* Generated code. */

static void show_code_generation(void)
{
	/* mov $42, %eax; ret */
	static const unsigned char return_42[] = { 0xb8, 42, 0, 0, 0, 0xc3 };
	int (*function)(void);
	char *area, *at;

	heading("Generated code: written first, executable then");
	DO(area = KnVmAllocate(RTL_NULL, PAGE, VMM_FLAG_RESERVE | VMM_FLAG_COMMIT |
			       VMM_FLAG_READ | VMM_FLAG_WRITE));
	if (!area) {
		saw(false, "no memory");
		return;
	}
	DO(memcpy(area, return_42, sizeof(return_42)));
	at = caught_at((void (*)(char *))(uintptr_t)area, NULL);
	saw(at == area, "called while it is %s: SIGSEGV at %p", permissions(area), (void *)at);
	DO(KnVmProtect(area, PAGE, VMM_FLAG_READ | VMM_FLAG_EXECUTE));
	DO(function = (int (*)(void))(uintptr_t)area);
	saw(function() == 42, "called while it is %s: returns %d", permissions(area), function());
	saw(caught_at(write_byte, area) == area, "written to while it is %s: SIGSEGV", permissions(area));
	DO(KnVmUnmap(area, PAGE));
}

/* Physical addresses. */

static void compare_places(const char *area, unsigned long long base, rtl_size_t size)
{
	struct physvm_query page;
	bool there = true;
	rtl_size_t i;

	DO(physvm_query(physvm, area, &page));
	saw(page.out_phys == base && page.out_run_length >= size,
	    "physvm: at %#llx, %llu KiB in one piece", page.out_phys,
	    page.out_run_length / KIB);
	for (i = 0; i < size; i += PAGE)
		there &= physical_address(area + i) == base + i;
	saw(there, "/proc/self/pagemap: from %#llx to %#llx, page after page",
	    physical_address(area), physical_address(area + size - PAGE) + PAGE - 1);
}

static void show_placement(void)
{
	const rtl_size_t size = MIB;
	char *area, *second;
	unsigned long long base;

	heading("A place of one's own choice: the physical address is given");
	DO(base = longest.out_phys + 5 * PAGE);
	DO(area = KnVmAllocate((void *)base, size, VMM_FLAG_RESERVE | VMM_FLAG_COMMIT |
			       VMM_FLAG_LOCKED | VMM_FLAG_READ | VMM_FLAG_WRITE));
	saw(area, "%#llx is mapped at %p", base, (void *)area);
	if (!area)
		return;
	compare_places(area, base, size);
	DO(second = KnVmAllocate((void *)base, PAGE, VMM_FLAG_RESERVE));
	saw(!second && errno == EBUSY, "the same place again: %s",
	    second ? "given twice" : strerror(errno));
	DO(KnVmUnmap(area, size));
}

/* Direct I/O. */

#define FILE_SIZE (4 * MIB)

/* A file of random bytes that is on the disk and not in memory. */
static int make_file(char *contents, const char *path)
{
	int random = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (read(random, contents, FILE_SIZE) != (ssize_t)FILE_SIZE ||
	    write(fd, contents, FILE_SIZE) != (ssize_t)FILE_SIZE || fsync(fd) ||
	    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED)) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	close(random);
	return fd;
}

/* How much of a file the kernel has in its page cache. */
static size_t cached(int file)
{
	void *mapping = mmap(NULL, FILE_SIZE, PROT_READ, MAP_SHARED, file, 0);
	size_t bytes = resident(mapping, FILE_SIZE);

	munmap(mapping, FILE_SIZE);
	return bytes;
}

static void read_file(int file, const char *path, const char *contents)
{
	ssize_t count;
	char *area;
	int fd;

	DO(area = KnVmAllocate(RTL_NULL, FILE_SIZE, VMM_FLAG_RESERVE | VMM_FLAG_COMMIT |
			       VMM_FLAG_READ | VMM_FLAG_WRITE));
	DO(fd = open(path, O_RDONLY | O_DIRECT));
	DO(count = read(fd, area, FILE_SIZE));
	saw(count == (ssize_t)FILE_SIZE, "%zd of %lu bytes read", count, FILE_SIZE);
	saw(area && !memcmp(area, contents, FILE_SIZE), "they are what is in the file");
	saw(!cached(file), "%zu bytes of the file went through the page cache", cached(file));
	close(fd);
	DO(KnVmUnmap(area, FILE_SIZE));
}

static void show_direct_io(void)
{
	char *contents = malloc(FILE_SIZE), *path = NULL;
	int file;

	heading("Direct I/O: a disk reads straight into an area");
	if (access(directory, W_OK) || asprintf(&path, "%s/physvm-demo", directory) < 0) {
		not_seen("there is no directory on a disk");
		return;
	}
	file = make_file(contents, path);
	read_file(file, path, contents);
	close(file);
	unlink(path);
	free(path);
	free(contents);
}

/* And out. */

static void show_end(void)
{
	struct physvm_pool_stat after;

	heading("Everything is given back");
	DO(physvm_pool_stat(physvm, PHYSVM_POOL_RAM, &after));
	saw(after.out_free_pages == before.out_free_pages,
	    "%llu of %llu pages are free", after.out_free_pages,
	    after.out_total_pages);
	saw(!after.out_areas && !after.out_quarantined_pages,
	    "%llu areas, %llu pages waiting", after.out_areas,
	    after.out_quarantined_pages);
	saw(after.out_free_blocks == before.out_free_blocks, "%llu whole blocks, as before",
	    after.out_free_blocks);
}

int main(int argc, char **argv)
{
	int err = physvm_open(&physvm);

	if (err) {
		fprintf(stderr, "demo: %s: %s\n", PHYSVM_DEVICE, strerror(-err));
		return EXIT_FAILURE;
	}
	if (argc > 1)
		directory = argv[1];

	show_pool();
	show_coredump();
	show_lazy();
	show_guards();
	show_protect();
	show_code_generation();
	show_placement();
	show_direct_io();
	show_end();

	physvm_close(physvm);
	return verdict();
}
