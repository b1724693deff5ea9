// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every call, with each of its allocations and copies failing in turn: the
 * first, the second and so on until the call has no more of them. One that
 * fails must say so with the documented error and must have changed nothing;
 * one that does not fail must have done all of its work.
 *
 * What the kernel does on its own account is half done when it fails in the
 * middle, and so are the calls that consist of it: mprotect(2) over several
 * mappings. A mapping split in vain stays split, which nobody can tell but by
 * counting lines; mappings.h does not.
 *
 * Needs a kernel with fault injection.
 */
#include "kselftest_harness.h"

#include <sys/rseq.h>
#include <sys/syscall.h>

#include "alloc.h"
#include "child.h"
#include "inject.h"
#include "mappings.h"
#include "pager.h"
#include "name.h"

static void __attribute__((constructor)) skip_without_injection(void)
{
	const char *missing = injector_missing();

	if (access(PHYSVM_DEVICE, R_OK | W_OK))
		ksft_exit_skip("%s: %s\n", PHYSVM_DEVICE, strerror(errno));
	if (missing)
		ksft_exit_skip("%s\n", missing);
}

/* No call has as many allocations. */
#define TOO_MANY 5000

/* Nothing is mapped near these, so that all levels of page tables are missing. */
#define HERE ((char *)(1ul << 44))
#define THERE ((char *)(3ul << 44))

/* A part that needs a mapping to be split twice. */
#define PART 8
#define PART_PAGES 16
#define PART_ADDR(s) ((s)->addr + PART * PAGE)

/* What the call is made on. */
struct subject {
	int fd;			/* the device */
	size_t pages;
	uint32_t flags;
	uint32_t cache;
	struct physvm_alloc args;
	char *addr;		/* of an area, NULL if it has no mapping */
	char *other;		/* of another, of one whole block */
	char *left_behind;	/* where the area was */
	int area;		/* its descriptor, or -1 */
	int pipe[2];
	ssize_t got;
	pid_t child;
};

typedef int act_t(struct subject *s);		/* an errno */
typedef bool check_t(struct subject *s);

/* Making areas and getting rid of them. */

static bool want_area(struct subject *s)
{
	s->args = alloc_args(s->pages * PAGE, s->flags);
	s->args.cache = s->cache;
	if (s->flags & PHYSVM_ALLOC_VIRT)
		s->args.virt_addr = (uintptr_t)HERE;
	return true;
}

static bool want_fd(struct subject *s)
{
	want_area(s);
	s->args.flags &= ~PHYSVM_ALLOC_MAP;
	s->args.prot = 0;
	return true;
}

static bool want_phys(struct subject *s)
{
	struct physvm_pool_range range = { .size = sizeof(range) };

	want_area(s);
	if (ioctl(s->fd, PHYSVM_POOL_RANGE, &range))
		return false;
	s->args.phys_addr = range.out_phys + PAGE;
	return true;
}

/*
 * Leaves only crumbs of a block free, so that there are more runs than expected
 * and the array of them is allocated anew.
 */
static bool stage_crumbs(struct subject *s)
{
	struct physvm_pool_range range = { .size = sizeof(range) };
	struct physvm_alloc crust;
	int i;

	if (ioctl(s->fd, PHYSVM_POOL_RANGE, &range))
		return false;
	for (i = 0; i < BLOCK_PAGES; i += 32) {
		crust = phys_args(range.out_phys + i * PAGE, 16 * PAGE);
		if (alloc(s->fd, &crust))
			return false;
	}
	return alloc_map(s->fd, pool_stat(s->fd).out_free_blocks * BLOCK, 0);
}

static int ask(struct subject *s)
{
	const struct physvm_alloc asked = s->args;
	const int error = alloc(s->fd, &s->args);

	if (error)
		return memcmp(&asked, &s->args, sizeof(asked)) ? -1 : error;
	s->addr = addr_of(&s->args);
	s->area = s->args.out_fd;
	return 0;
}

/* A file with numbered pages, for areas that show it. */

#define SOURCE_PAGES 40

static int source = -1;

static bool stage_source(struct subject *s)
{
	static char pages[SOURCE_PAGES * PAGE];

	number_pages(pages, SOURCE_PAGES);
	source = memfd_create("source", MFD_CLOEXEC);
	return source >= 0 && write(source, pages, sizeof(pages)) == sizeof(pages);
}

static bool want_file(struct subject *s)
{
	want_area(s);
	s->args.source_fd = source;
	return true;
}

/* Its halves, each a segment. */
static bool want_image(struct subject *s)
{
	static struct physvm_segment halves[2];
	const uint64_t half = s->pages / 2 * PAGE;

	halves[0] = (struct physvm_segment){ 0, half, 0 };
	halves[1] = (struct physvm_segment){ half, half, half };
	want_file(s);
	s->args.segments = (uintptr_t)halves;
	s->args.nr_segments = 2;
	return true;
}

static bool have_file(struct subject *s)
{
	s->flags |= PHYSVM_ALLOC_VIRT;
	return want_file(s) && !ask(s);
}

static bool have_fd(struct subject *s)
{
	return want_fd(s) && !ask(s);
}

static bool have_fresh(struct subject *s)
{
	s->flags |= PHYSVM_ALLOC_VIRT;
	return want_area(s) && !ask(s);
}

static bool have_numbered(struct subject *s)
{
	if (!have_fresh(s))
		return false;
	number_pages(s->addr, s->pages);
	return true;
}

static bool have_split(struct subject *s)
{
	return have_numbered(s) &&
	       !mprotect(PART_ADDR(s), PART_PAGES * PAGE, PROT_READ);
}

static bool have_two(struct subject *s)
{
	s->other = alloc_at(s->fd, THERE, BLOCK, PHYSVM_ALLOC_COMMIT);
	if (!s->other)
		return false;
	number_pages(s->other, BLOCK_PAGES);
	return have_numbered(s);
}

/* One of whole blocks, all of which may not be shown. */
static bool have_holes(struct subject *s)
{
	return have_fresh(s) && !decommit(s->fd, PART_ADDR(s), PART_PAGES * PAGE);
}

static bool have_pipe(struct subject *s)
{
	static char data[4 * PAGE];

	number_pages(data, 4);
	return have_fresh(s) && !pipe2(s->pipe, O_CLOEXEC) &&
	       write(s->pipe[1], data, sizeof(data)) == sizeof(data);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Guards and holes included. */
static void clean_up(struct subject *s)
{
	const unsigned long guard = s->flags & BOTH_GUARDS ? PAGE : 0;

	remove_all_names(s->fd);
	if (s->addr)
		munmap(s->addr - guard, s->pages * PAGE + 2 * guard);
	if (s->other)
		munmap(s->other, BLOCK);
	if (s->left_behind)
		munmap(s->left_behind, s->pages * PAGE);
	s->addr = NULL;
	s->other = NULL;
	s->left_behind = NULL;
	close_one(&s->area);
	close_one(&s->pipe[0]);
	close_one(&s->pipe[1]);
}

/* What an area is like. */

static bool in_state(struct subject *s, size_t first, size_t end, uint32_t state)
{
	size_t i;

	for (i = first; i < end; i++)
		if (query(s->fd, s->addr + i * PAGE).out_state != state)
			return false;
	return true;
}

static bool ends_numbered(struct subject *s)
{
	const size_t rest = PART + PART_PAGES;

	return numbered_pages(s->addr, 0, PART) == PART &&
	       numbered_pages(s->addr + rest * PAGE, rest, s->pages - rest) == s->pages - rest;
}

static bool all_numbered(struct subject *s)
{
	return numbered_pages(s->addr, 0, s->pages) == s->pages &&
	       (!s->other || numbered_pages(s->other, 0, BLOCK_PAGES) == BLOCK_PAGES);
}

static bool memory_works(struct subject *s)
{
	if (!all_zero(s->addr, s->pages * PAGE))
		return false;
	number_pages(s->addr, s->pages);
	return all_numbered(s);
}

static bool mapping_works(struct subject *s)
{
	const size_t resident = s->flags & PHYSVM_ALLOC_POPULATE ? s->pages : 0;

	if (!(s->flags & PHYSVM_ALLOC_COMMIT))
		return in_state(s, 0, s->pages, PHYSVM_PAGE_RESERVED) &&
		       read_signal(s->addr) == SIGSEGV;
	return resident_pages(s->addr, s->pages) == resident && memory_works(s);
}

static bool guards_work(struct subject *s)
{
	return mapping_works(s) && read_signal(s->addr - PAGE) == SIGSEGV &&
	       read_signal(s->addr + s->pages * PAGE) == SIGSEGV;
}

static bool descriptor_works(struct subject *s)
{
	if (s->addr)
		munmap(s->addr, s->pages * PAGE);
	s->addr = mmap(NULL, s->pages * PAGE, RW, MAP_SHARED, s->area, 0);
	if (s->addr != MAP_FAILED)
		return memory_works(s);
	s->addr = NULL;
	return false;
}

static bool shows_source(struct subject *s)
{
	return numbered_pages(s->addr, 0, s->pages) == s->pages;
}

static bool gone(struct subject *s)
{
	return !query(s->fd, s->addr).size && pool_at_baseline(s->fd);
}

/* The calls. */

static int open_device(struct subject *s)
{
	s->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	return s->fd < 0 ? errno : 0;
}

static int close_device(struct subject *s)
{
	const int fd = s->fd;

	s->fd = -1;
	return close(fd) ? errno : 0;
}

static int get_info(struct subject *s)
{
	struct physvm_info info = { .size = sizeof(info) };

	return call(s->fd, PHYSVM_INFO, &info);
}

static int get_pool_stat(struct subject *s)
{
	struct physvm_pool_stat stat = { .size = sizeof(stat) };

	return call(s->fd, PHYSVM_POOL_STAT, &stat);
}

static int get_pool_range(struct subject *s)
{
	struct physvm_pool_range range = { .size = sizeof(range) };

	return call(s->fd, PHYSVM_POOL_RANGE, &range);
}

static int query_part(struct subject *s)
{
	struct physvm_query query = { .size = sizeof(query), .addr = (uintptr_t)PART_ADDR(s) };

	return call(s->fd, PHYSVM_QUERY, &query);
}

static int commit_part(struct subject *s)
{
	return commit(s->fd, PART_ADDR(s), PART_PAGES * PAGE);
}

static bool part_committed(struct subject *s)
{
	return in_state(s, 0, PART, PHYSVM_PAGE_RESERVED) &&
	       in_state(s, PART, PART + PART_PAGES, PHYSVM_PAGE_COMMITTED) &&
	       in_state(s, PART + PART_PAGES, s->pages, PHYSVM_PAGE_RESERVED) &&
	       all_zero(PART_ADDR(s), PART_PAGES * PAGE);
}

static int export_part(struct subject *s)
{
	struct physvm_export export = {
		.size = sizeof(export),
		.start = (uintptr_t)PART_ADDR(s),
		.length = PART_PAGES * PAGE,
		.max_prot = RW,
	};
	const int error = call(s->fd, PHYSVM_EXPORT, &export);

	if (!error)
		s->area = export.out_fd;
	return error;
}

static bool part_exported(struct subject *s)
{
	char *part = mmap(NULL, PART_PAGES * PAGE, RW, MAP_SHARED, s->area, 0);
	bool same;

	if (part == MAP_FAILED)
		return false;
	part[PAGE] = 77;
	same = PART_ADDR(s)[PAGE] == 77;
	munmap(part, PART_PAGES * PAGE);
	return same;
}

/* The first name of a user is counted in a structure of its own. */
static int add_name(struct subject *s)
{
	return name_add(s->fd, "Name", PART_ADDR(s), PART_PAGES * PAGE);
}

static bool name_works(struct subject *s)
{
	char *part = name_map(s->fd, "name", RW, PART_PAGES * PAGE);
	bool same;

	if (!part)
		return false;
	part[PAGE] = 77;
	same = PART_ADDR(s)[PAGE] == 77;
	munmap(part, PART_PAGES * PAGE);
	return same && count_names(s->fd) == 1;
}

static bool have_name(struct subject *s)
{
	return have_fresh(s) && !add_name(s);
}

static int open_name(struct subject *s)
{
	return name_open(s->fd, "name", RW, PHYSVM_NAME_EXCL, &s->area);
}

static bool name_opened(struct subject *s)
{
	return part_exported(s) && name_try(s->fd, "name", RW, 0) == EBUSY;
}

/* Whoever could not open it does not have it open. */
static bool name_free(struct subject *s)
{
	return !name_try(s->fd, "name", RW, PHYSVM_NAME_EXCL);
}

static int remove_name(struct subject *s)
{
	return name_remove(s->fd, "name");
}

static bool name_removed(struct subject *s)
{
	return !count_names(s->fd);
}

static int list_names(struct subject *s)
{
	struct physvm_name_next next;

	return name_next(s->fd, 0, &next);
}

/* Paged areas: s->area is the pager. */

static int open_pager(struct subject *s)
{
	struct physvm_pager args = { .size = sizeof(args) };
	const int error = call(s->fd, PHYSVM_PAGER, &args);

	if (!error)
		s->area = args.out_fd;
	return error;
}

static bool have_pager(struct subject *s)
{
	return !open_pager(s);
}

static int map_paged(struct subject *s)
{
	s->args = paged_args(s->area, s->pages * PAGE, 0);
	s->args.flags |= PHYSVM_ALLOC_VIRT;
	s->args.virt_addr = (uintptr_t)HERE;
	if (call(s->fd, PHYSVM_ALLOC, &s->args))
		return errno;
	s->addr = addr_of(&s->args);
	return 0;
}

static int populate_part(struct subject *s)
{
	return range_call(s->fd, PHYSVM_COMMIT, PHYSVM_COMMIT_POPULATE, PART_ADDR(s),
			  PART_PAGES * PAGE);
}

static int decommit_part(struct subject *s)
{
	return decommit(s->fd, PART_ADDR(s), PART_PAGES * PAGE);
}

static bool part_decommitted(struct subject *s)
{
	return in_state(s, 0, PART, PHYSVM_PAGE_COMMITTED) &&
	       in_state(s, PART, PART + PART_PAGES, PHYSVM_PAGE_RESERVED) &&
	       read_signal(PART_ADDR(s)) == SIGSEGV && ends_numbered(s);
}

static int check_part(struct subject *s)
{
	return range_call(s->fd, PHYSVM_PROTECT_CHECK, PROT_READ, PART_ADDR(s),
			  PART_PAGES * PAGE);
}

static int unmap_all(struct subject *s)
{
	return unmap(s->fd, s->addr, s->pages * PAGE);
}

static int unmap_part(struct subject *s)
{
	return unmap(s->fd, PART_ADDR(s), PART_PAGES * PAGE);
}

static bool part_unmapped(struct subject *s)
{
	return !query(s->fd, PART_ADDR(s)).size && ends_numbered(s);
}

static int map_descriptor(struct subject *s)
{
	char *addr = mmap(HERE, s->pages * PAGE, RW, MAP_SHARED | MAP_FIXED_NOREPLACE,
			  s->area, 0);

	if (addr == MAP_FAILED)
		return errno;
	s->addr = addr;
	return 0;
}

static int close_descriptor(struct subject *s)
{
	const int area = s->area;

	s->area = -1;
	return close(area) ? errno : 0;
}

static bool at_baseline(struct subject *s)
{
	return pool_at_baseline(s->fd);
}

static int protect_part(struct subject *s)
{
	return mprotect(PART_ADDR(s), PART_PAGES * PAGE, PROT_READ) ? errno : 0;
}

static bool part_protected(struct subject *s)
{
	return write_signal(PART_ADDR(s)) == SIGSEGV && all_numbered(s);
}

/* The kernel calls it a success, too, when the old mapping could not be removed. */
static int move(struct subject *s)
{
	const size_t length = s->pages * PAGE;

	if (mremap(s->addr, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, THERE) == MAP_FAILED)
		return errno;
	s->left_behind = s->addr;
	s->addr = THERE;
	return 0;
}

static int fork_child(struct subject *s)
{
	s->child = fork();
	if (!s->child)
		_exit(all_numbered(s) ? 0 : EXIT_FAILURE);
	return s->child < 0 ? errno : 0;
}

static bool child_has_both(struct subject *s)
{
	return child_succeeded(s->child) && all_numbered(s);
}

/*
 * A touch does not fail when there is no memory for page tables: the kernel
 * comes back without having mapped anything, and the touch is repeated. In
 * place of touch_signal(), whose own system calls would count.
 */
static int touch(struct subject *s)
{
	const int signal = sigsetjmp(touch_jump, 0);

	if (!signal)
		s->addr[0] = 1;
	return signal ? EFAULT : 0;
}

static bool touched(struct subject *s, size_t expected)
{
	return resident_pages(s->addr, s->pages) == expected && s->addr[0] == 1 &&
	       all_zero(s->addr + PAGE, (PART - 1) * PAGE);
}

static bool touched_around(struct subject *s)
{
	return touched(s, 16);
}

static bool touched_block(struct subject *s)
{
	return touched(s, BLOCK_PAGES);
}

static bool touched_one(struct subject *s)
{
	return touched(s, 1);
}

/*
 * The kernel's touch cannot be repeated: what could not be written stays in the
 * pipe. Some pages may have gone well before; they are counted.
 */
static int read_pipe(struct subject *s)
{
	s->got = read(s->pipe[0], s->addr, 4 * PAGE);
	return s->got < 0 ? errno : 0;
}

static bool pipe_read(struct subject *s)
{
	const ssize_t missing = 4 * PAGE - s->got;

	if (numbered_pages(s->addr, 0, s->got / PAGE) != s->got / PAGE || s->got % PAGE ||
	    !all_zero(s->addr + s->got, s->pages * PAGE - s->got))
		return false;
	return (!missing || read(s->pipe[0], s->addr + s->got, 4 * PAGE) == missing) &&
	       numbered_pages(s->addr, 0, 4) == 4;
}

/* Whoever reads nothing can do it later. */
static bool pipe_full(struct subject *s)
{
	s->got = 0;
	return pipe_read(s);
}

/* What can be seen of the system. */

struct look {
	struct physvm_pool_stat pool;
	uint64_t mappings;
	uint64_t names;
	uint64_t next_descriptor;	/* the lowest: no other can come or go */
	uint64_t states;
	long references;		/* to the module */
};

static uint64_t hash_states(struct subject *s)
{
	const size_t step = s->pages / 16 + 1;
	uint64_t hash = 0;
	size_t i, j;

	for (i = 0; s->addr && i < s->pages; i += step) {
		struct physvm_query state = query(s->fd, s->addr + i * PAGE);

		/* The kernel takes an entry apart before it knows that it can split. */
		state.out_flags &= ~PHYSVM_QUERY_HUGE;
		for (j = 0; j < sizeof(state); j++)
			hash = (hash ^ ((const unsigned char *)&state)[j]) * 0x100000001b3;
	}
	return hash;
}

/* The first number in a file. */
static long count_in(const char *path)
{
	char text[64] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = read(fd, text, sizeof(text) - 1);

	close(fd);
	return size > 0 ? atol(text) : -1;
}

static struct look look_at(struct subject *s)
{
	return (struct look){
		.pool = settled_pool_stat(s->fd),
		.mappings = hash_mappings(),
		.names = hash_names(s->fd),
		.next_descriptor = next_descriptor(s->fd),
		.states = hash_states(s),
		.references = count_in("/sys/module/physvm/refcnt"),
	};
}

static const char *what_changed(const struct look *before, const struct look *now)
{
	if (before->pool.out_areas != now->pool.out_areas)
		return "another number of areas";
	if (memcmp(&before->pool, &now->pool, sizeof(now->pool)))
		return "pages of the pool changed hands";
	if (before->mappings != now->mappings)
		return "other mappings";
	if (before->names != now->names)
		return "other names";
	if (before->next_descriptor != now->next_descriptor)
		return "other descriptors";
	if (before->references != now->references)
		return "references to the module";
	return before->states != now->states ? "the area is not what it was" : NULL;
}

/* NULL if nothing. Some of what an end leaves to do is done a moment later. */
static const char *changed_since(const struct look *before, struct subject *s)
{
	const char *change = NULL;
	int tries;

	for (tries = 0; tries < 100; tries++) {
		const struct look now = look_at(s);

		change = what_changed(before, &now);
		if (!change)
			break;
		usleep(10000);
	}
	return change;
}

FIXTURE(call)
{
	struct subject s;
	struct injector injector;
	struct look start;
};

/*
 * A call, the state it is made in and what must be true when it has worked.
 * @no_memory is what it fails with for want of memory; 0 if it never does.
 * Some failures have to be seen, or the sweep was none: at least @slab calls
 * refused for want of an object, @page allocations of pages and @copy copies
 * that failed. A few less than there are, for slabs take pages and objects for
 * themselves now and then, and move the count past another.
 */
FIXTURE_VARIANT(call)
{
	check_t *stage;		/* before the first turn */
	check_t *prepare;	/* before each */
	act_t *act;
	check_t *worked;
	check_t *unharmed;	/* after it failed */
	bool closed;		/* nobody has the device open meanwhile */
	size_t pages;
	uint32_t flags;
	uint32_t cache;
	int no_memory;
	unsigned int slab;
	unsigned int page;
	unsigned int copy;
};

/*
 * The kernel writes there when it has interrupted us, and ends who has no memory
 * for it: after fork() a page that has to be copied, and no call's allocation.
 */
static void stop_restartable_sequences(void)
{
	syscall(SYS_rseq, (char *)__builtin_thread_pointer() + __rseq_offset,
		sizeof(struct rseq), RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
}

FIXTURE_SETUP(call)
{
	struct sigaction action = { .sa_handler = touch_handler, .sa_flags = SA_NODEFER };

	/* Copies of pages after fork() are not the calls' allocations. */
	stop_restartable_sequences();
	ASSERT_EQ(0, mlockall(MCL_CURRENT));
	ASSERT_TRUE(injector_open(&self->injector));
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	self->s = (struct subject){
		.fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC),
		.area = -1,
		.pipe = { -1, -1 },
	};
	ASSERT_LE(0, self->s.fd);
	ASSERT_TRUE(pool_at_baseline(self->s.fd));
}

FIXTURE_TEARDOWN(call)
{
	injector_close(&self->injector);
}

struct outcome {
	int error;
	enum fault fault;
	const char *wrong;
};

static void attempt(FIXTURE_DATA(call) *self, const FIXTURE_VARIANT(call) *variant,
		    unsigned int n, struct outcome *outcome)
{
	struct subject *s = &self->s;

	if (variant->closed)
		close_one(&s->fd);
	fault_arm(&self->injector, n);
	outcome->error = variant->act(s);
	outcome->fault = fault_disarm(&self->injector);
	if (s->fd < 0)
		s->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
}

static int expected_error(const FIXTURE_VARIANT(call) *variant, enum fault fault)
{
	if (fault == FAULT_NONE)
		return 0;
	return fault == FAULT_COPY ? EFAULT : variant->no_memory;
}

static const char *wrong_refusal(const FIXTURE_VARIANT(call) *variant, struct subject *s,
				 const struct look *before, const struct outcome *outcome)
{
	const char *change = changed_since(before, s);

	if (outcome->error != expected_error(variant, outcome->fault))
		return "not the error to be expected";
	if (change)
		return change;
	return !variant->unharmed || variant->unharmed(s) ? NULL : "it has done harm";
}

static void take_turn(FIXTURE_DATA(call) *self, const FIXTURE_VARIANT(call) *variant,
		      unsigned int n, struct outcome *outcome)
{
	struct subject *s = &self->s;
	struct look before;

	s->pages = variant->pages;
	s->flags = variant->flags;
	s->cache = variant->cache;
	outcome->wrong = "the call could not be prepared";
	if (variant->prepare && !variant->prepare(s))
		return;
	before = look_at(s);
	attempt(self, variant, n, outcome);
	if (outcome->error)
		outcome->wrong = wrong_refusal(variant, s, &before, outcome);
	else
		outcome->wrong = !variant->worked || variant->worked(s) ?
				 NULL : "it has not done all of its work";
	clean_up(s);
	outcome->wrong = outcome->wrong ?: changed_since(&self->start, s);
}

struct tally {
	unsigned int failed;
	unsigned int refused;
};

/* Until a turn has no allocation left that could fail. */
static void sweep(FIXTURE_DATA(call) *self, const FIXTURE_VARIANT(call) *variant,
		  enum fault fault, struct outcome *outcome, struct tally *tally)
{
	unsigned int n;

	injector_choose(fault);
	for (n = 1; n < TOO_MANY; n++) {
		take_turn(self, variant, n, outcome);
		if (outcome->wrong || outcome->fault == FAULT_NONE)
			return;
		tally->failed += outcome->fault == fault;
		tally->refused += outcome->fault == fault && outcome->error;
	}
	outcome->wrong = "there was no end to it";
}

TEST_F_TIMEOUT(call, does_all_or_nothing, PATIENCE)
{
	struct tally tallies[FAULTS] = {};
	struct outcome outcome = {};
	enum fault fault;

	ASSERT_TRUE(!variant->stage || variant->stage(&self->s));
	self->start = look_at(&self->s);
	for (fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
		sweep(self, variant, fault, &outcome, &tallies[fault]);
		ASSERT_EQ(NULL, outcome.wrong)
			TH_LOG("%s: with allocation %u failing, by %s, the call returned %d",
			       outcome.wrong, tallies[fault].failed + 1,
			       fault_names[outcome.fault], outcome.error);
		TH_LOG("%s: %u failed, %u calls refused", fault_names[fault],
		       tallies[fault].failed, tallies[fault].refused);
	}
	EXPECT_LE(variant->slab, tallies[FAULT_SLAB].refused);
	EXPECT_LE(variant->page, tallies[FAULT_PAGES].failed);
	EXPECT_LE(variant->copy, tallies[FAULT_COPY].failed);
}

/* Without an area. */

FIXTURE_VARIANT_ADD(call, open) {
	.act = open_device, .closed = true, .no_memory = ENOMEM,
	.slab = 5, .copy = 1,
};

FIXTURE_VARIANT_ADD(call, close) {
	.act = close_device,
};

FIXTURE_VARIANT_ADD(call, info) {
	.act = get_info, .copy = 2,
};

FIXTURE_VARIANT_ADD(call, pool_stat) {
	.act = get_pool_stat, .copy = 2,
};

FIXTURE_VARIANT_ADD(call, pool_range) {
	.act = get_pool_range, .copy = 2,
};

/*
 * Making areas. At least there are the area, its runs, its bits, inode, dentry
 * and file; for a mapping its structure; for the struct two copies.
 */

#define ALLOC(name, ...) \
	FIXTURE_VARIANT_ADD(call, alloc_##name) { \
		.act = ask, .no_memory = ENOMEM, .copy = 2, __VA_ARGS__ \
	}

#define MAPPED \
	.prepare = want_area, .worked = mapping_works, .slab = 7

ALLOC(reserved, MAPPED, .pages = 20);
ALLOC(committed, MAPPED, .pages = 20, .flags = PHYSVM_ALLOC_COMMIT);
ALLOC(at_an_address, MAPPED, .pages = 20,
      .flags = PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_VIRT);
ALLOC(blocks, MAPPED, .pages = BLOCK_PAGES + 8, .flags = PHYSVM_ALLOC_COMMIT);
ALLOC(wc, MAPPED, .pages = 20, .flags = PHYSVM_ALLOC_COMMIT, .cache = PHYSVM_CACHE_WC);
ALLOC(uc_blocks, MAPPED, .pages = BLOCK_PAGES + 8, .flags = PHYSVM_ALLOC_COMMIT,
      .cache = PHYSVM_CACHE_UC);
ALLOC(at_frames, .prepare = want_phys, .worked = mapping_works, .pages = 20,
      .flags = PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_PHYS, .slab = 7);
ALLOC(guarded, .prepare = want_area, .worked = guards_work, .pages = 20,
      .flags = PHYSVM_ALLOC_COMMIT | BOTH_GUARDS, .slab = 7);
ALLOC(descriptor, .prepare = want_fd, .worked = descriptor_works, .pages = 20,
      .flags = PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_FD, .slab = 5);
ALLOC(populated_descriptor, .prepare = want_fd, .worked = descriptor_works, .pages = 20,
      .flags = PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_POPULATE | PHYSVM_ALLOC_FD,
      .slab = 5);
ALLOC(both, .prepare = want_area, .worked = descriptor_works, .pages = 20,
      .flags = PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_FD, .slab = 7);

ALLOC(noreserve, MAPPED, .pages = 20, .flags = PHYSVM_ALLOC_NORESERVE);
ALLOC(noreserve_committed, MAPPED, .pages = 20,
      .flags = PHYSVM_ALLOC_NORESERVE | PHYSVM_ALLOC_COMMIT);

ALLOC(file, .stage = stage_source, .prepare = want_file, .worked = shows_source,
      .pages = SOURCE_PAGES, .flags = PHYSVM_ALLOC_FILE, .slab = 7);
ALLOC(image, .stage = stage_source, .prepare = want_image, .worked = shows_source,
      .pages = SOURCE_PAGES, .flags = PHYSVM_ALLOC_FILE, .slab = 8);

ALLOC(of_crumbs, .stage = stage_crumbs, .prepare = want_area, .worked = mapping_works,
      .pages = 100, .flags = PHYSVM_ALLOC_COMMIT, .slab = 9);

/* Three levels of page tables are missing. */
ALLOC(populated, .prepare = want_area, .worked = mapping_works, .pages = 20,
      .flags = PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_POPULATE | PHYSVM_ALLOC_VIRT,
      .slab = 7, .page = 2);
ALLOC(populated_blocks, .prepare = want_area, .worked = mapping_works,
      .pages = BLOCK_PAGES + 8,
      .flags = PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_POPULATE | PHYSVM_ALLOC_VIRT,
      .slab = 7, .page = 2);

/* What areas are asked for. Only copies may fail, for nothing is allocated. */

#define PAGES 32

FIXTURE_VARIANT_ADD(call, query) {
	.prepare = have_fresh, .act = query_part, .pages = PAGES, .copy = 2,
};

FIXTURE_VARIANT_ADD(call, protect_check) {
	.prepare = have_fresh, .act = check_part, .pages = PAGES, .copy = 1,
};

FIXTURE_VARIANT_ADD(call, commit) {
	.prepare = have_fresh, .act = commit_part, .worked = part_committed, .pages = PAGES,
	.copy = 1,
};

/* What cannot be mapped now is mapped when it is touched. */
FIXTURE_VARIANT_ADD(call, commit_populate) {
	.prepare = have_fresh, .act = populate_part, .worked = part_committed, .pages = PAGES,
	.page = 2, .copy = 1,
};

FIXTURE_VARIANT_ADD(call, commit_populate_blocks) {
	.prepare = have_fresh, .act = populate_part, .worked = part_committed,
	.pages = BLOCK_PAGES, .page = 2, .copy = 1,
};

/* Pages have to be found first, and to be listed. */
FIXTURE_VARIANT_ADD(call, commit_noreserve) {
	.prepare = have_fresh, .act = commit_part, .worked = part_committed, .pages = PAGES,
	.flags = PHYSVM_ALLOC_NORESERVE, .no_memory = ENOMEM, .slab = 1, .copy = 1,
};

FIXTURE_VARIANT_ADD(call, decommit_noreserve) {
	.prepare = have_numbered, .act = decommit_part, .worked = part_decommitted,
	.unharmed = all_numbered, .pages = PAGES,
	.flags = PHYSVM_ALLOC_NORESERVE | PHYSVM_ALLOC_COMMIT, .copy = 1,
};

/* A file, and what is behind it. */
FIXTURE_VARIANT_ADD(call, pager) {
	.act = open_pager, .no_memory = ENOMEM, .slab = 2, .copy = 2,
};

FIXTURE_VARIANT_ADD(call, alloc_paged) {
	.prepare = have_pager, .act = map_paged, .pages = PAGES, .no_memory = ENOMEM,
	.slab = 7, .copy = 2,
};

/* A view, its dentry and its file. */
FIXTURE_VARIANT_ADD(call, export) {
	.prepare = have_fresh, .act = export_part, .worked = part_exported, .pages = PAGES,
	.flags = PHYSVM_ALLOC_COMMIT, .no_memory = ENOMEM, .slab = 3, .copy = 2,
};

/* The same, the name and what it is looked up by, and a user's count. */
FIXTURE_VARIANT_ADD(call, name_add) {
	.prepare = have_fresh, .act = add_name, .worked = name_works, .pages = PAGES,
	.flags = PHYSVM_ALLOC_COMMIT, .no_memory = ENOMEM, .slab = 6, .copy = 1,
};

FIXTURE_VARIANT_ADD(call, name_open) {
	.prepare = have_name, .act = open_name, .worked = name_opened, .unharmed = name_free,
	.pages = PAGES, .flags = PHYSVM_ALLOC_COMMIT, .no_memory = ENOMEM, .slab = 4, .copy = 2,
};

FIXTURE_VARIANT_ADD(call, name_remove) {
	.prepare = have_name, .act = remove_name, .worked = name_removed, .unharmed = name_free,
	.pages = PAGES, .flags = PHYSVM_ALLOC_COMMIT, .no_memory = ENOMEM, .slab = 1, .copy = 2,
};

FIXTURE_VARIANT_ADD(call, name_next) {
	.prepare = have_name, .act = list_names, .unharmed = name_free, .pages = PAGES,
	.flags = PHYSVM_ALLOC_COMMIT, .copy = 2,
};

FIXTURE_VARIANT_ADD(call, decommit) {
	.prepare = have_numbered, .act = decommit_part, .worked = part_decommitted,
	.unharmed = all_numbered, .pages = PAGES, .flags = PHYSVM_ALLOC_COMMIT,
	.copy = 1,
};

/* The block's large entry has to go. */
FIXTURE_VARIANT_ADD(call, decommit_blocks) {
	.prepare = have_numbered, .act = decommit_part, .worked = part_decommitted,
	.unharmed = all_numbered, .pages = BLOCK_PAGES, .flags = PHYSVM_ALLOC_COMMIT,
	.copy = 1,
};

/* Ends and splits. */

#define NUMBERED(name, ...) \
	FIXTURE_VARIANT_ADD(call, name) { \
		.prepare = have_numbered, .unharmed = all_numbered, \
		.no_memory = ENOMEM, __VA_ARGS__ \
	}

NUMBERED(unmap, .act = unmap_all, .worked = gone, .pages = PAGES,
	 .flags = PHYSVM_ALLOC_COMMIT, .slab = 1, .copy = 1);
NUMBERED(unmap_guarded, .act = unmap_all, .worked = gone, .pages = PAGES,
	 .flags = PHYSVM_ALLOC_COMMIT | BOTH_GUARDS, .slab = 1, .copy = 1);
NUMBERED(unmap_wc, .act = unmap_all, .worked = gone, .pages = PAGES,
	 .flags = PHYSVM_ALLOC_COMMIT, .cache = PHYSVM_CACHE_WC, .slab = 1, .copy = 1);
NUMBERED(unmap_part, .act = unmap_part, .worked = part_unmapped, .pages = PAGES,
	 .flags = PHYSVM_ALLOC_COMMIT, .slab = 2, .copy = 1);
NUMBERED(unmap_part_of_blocks, .act = unmap_part, .worked = part_unmapped,
	 .pages = BLOCK_PAGES, .flags = PHYSVM_ALLOC_COMMIT, .slab = 2, .copy = 1);
NUMBERED(mprotect_part, .act = protect_part, .worked = part_protected, .pages = PAGES,
	 .flags = PHYSVM_ALLOC_COMMIT, .slab = 2);
NUMBERED(mprotect_part_of_blocks, .act = protect_part, .worked = part_protected,
	 .pages = BLOCK_PAGES, .flags = PHYSVM_ALLOC_COMMIT, .slab = 2);
NUMBERED(mremap, .act = move, .worked = all_numbered, .pages = PAGES,
	 .flags = PHYSVM_ALLOC_COMMIT, .slab = 1, .page = 2);

FIXTURE_VARIANT_ADD(call, unmap_three_mappings) {
	.prepare = have_split, .act = unmap_all, .worked = gone, .unharmed = all_numbered,
	.pages = PAGES, .flags = PHYSVM_ALLOC_COMMIT, .no_memory = ENOMEM,
	.slab = 1, .copy = 1,
};

FIXTURE_VARIANT_ADD(call, mmap) {
	.prepare = have_fd, .act = map_descriptor, .worked = memory_works, .pages = PAGES,
	.flags = PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_FD, .no_memory = ENOMEM,
	.slab = 2,
};

FIXTURE_VARIANT_ADD(call, close_descriptor) {
	.prepare = have_fd, .act = close_descriptor, .worked = at_baseline, .pages = PAGES,
	.flags = PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_FD,
};

FIXTURE_VARIANT_ADD(call, fork) {
	.prepare = have_two, .act = fork_child, .worked = child_has_both,
	.unharmed = all_numbered, .pages = PAGES, .flags = PHYSVM_ALLOC_COMMIT,
	.no_memory = ENOMEM, .slab = 20, .page = 6,
};

/* Touches: page tables. */

FIXTURE_VARIANT_ADD(call, touch) {
	.prepare = have_fresh, .act = touch, .worked = touched_around, .pages = PAGES,
	.flags = PHYSVM_ALLOC_COMMIT, .page = 2,
};

FIXTURE_VARIANT_ADD(call, touch_block) {
	.prepare = have_fresh, .act = touch, .worked = touched_block, .pages = BLOCK_PAGES,
	.flags = PHYSVM_ALLOC_COMMIT, .page = 2,
};

FIXTURE_VARIANT_ADD(call, touch_block_with_a_hole) {
	.prepare = have_holes, .act = touch, .worked = touched_one, .pages = BLOCK_PAGES,
	.flags = PHYSVM_ALLOC_COMMIT, .page = 2,
};

/* What the wait for the reading needs; the worker's allocations are not ours to fail. */
FIXTURE_VARIANT_ADD(call, touch_file) {
	.stage = stage_source, .prepare = have_file, .act = touch, .worked = shows_source,
	.pages = SOURCE_PAGES, .flags = PHYSVM_ALLOC_FILE, .page = 2,
};

FIXTURE_VARIANT_ADD(call, read) {
	.prepare = have_pipe, .act = read_pipe, .worked = pipe_read, .unharmed = pipe_full,
	.pages = PAGES, .flags = PHYSVM_ALLOC_COMMIT, .no_memory = EFAULT,
	.page = 2, .copy = 4,
};

FIXTURE_VARIANT_ADD(call, read_block) {
	.prepare = have_pipe, .act = read_pipe, .worked = pipe_read, .unharmed = pipe_full,
	.pages = BLOCK_PAGES, .flags = PHYSVM_ALLOC_COMMIT, .no_memory = EFAULT,
	.page = 2, .copy = 4,
};

/*
 * A process's table of descriptors grows with the 65th and never shrinks, so
 * each turn is a new process's.
 */

#define TABLE 64

FIXTURE(growing)
{
	struct subject s;
};

FIXTURE_SETUP(growing)
{
	self->s = (struct subject){
		.fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC),
		.pages = 4,
		.flags = PHYSVM_ALLOC_FD,
	};
	ASSERT_LE(0, self->s.fd);
	ASSERT_TRUE(pool_at_baseline(self->s.fd));
}

FIXTURE_TEARDOWN(growing)
{
	EXPECT_TRUE(pool_at_baseline(self->s.fd));
}

static void fill_table(int fd)
{
	while (dup(fd) < TABLE - 1)
		;
}

/* What a turn's process exits with. */
enum {
	WORKED_ALL_THE_SAME = 1,
	REFUSED,
	WENT_WRONG,
};

static int grow(struct subject *s, unsigned int n)
{
	struct injector injector;
	enum fault fault;
	int error;

	child_need(!mlockall(MCL_CURRENT) && injector_open(&injector) &&
		   injector_choose(FAULT_SLAB) && want_fd(s));
	fill_table(s->fd);
	fault_arm(&injector, n);
	error = ask(s);
	fault = fault_disarm(&injector);
	if (!error)
		return s->area != TABLE ? WENT_WRONG : fault ? WORKED_ALL_THE_SAME : 0;
	if (error != (fault == FAULT_COPY ? EFAULT : ENOMEM) || dup(s->fd) != TABLE)
		return WENT_WRONG;
	return REFUSED;
}

static int grow_in_child(struct subject *s, unsigned int n)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(grow(s, n));
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
	       WEXITSTATUS(status) : WENT_WRONG;
}

TEST_F_TIMEOUT(growing, alloc_descriptor, PATIENCE)
{
	unsigned int outcomes[WENT_WRONG + 1] = {}, n = 0;
	int outcome;

	do {
		outcome = grow_in_child(&self->s, ++n);
		ASSERT_GT(WENT_WRONG, outcome);
		outcomes[outcome]++;
		ASSERT_TRUE(pool_at_baseline(self->s.fd));
	} while (outcome);
	TH_LOG("%u failed, %u calls refused", n - 1, outcomes[REFUSED]);
	/* Those of any descriptor, two copies, and the table's three parts, or nearly. */
	EXPECT_LE(6 + 2 + 3 - 1, outcomes[REFUSED]);
}

/* What a failure forgets may be seen nowhere but in a count of such things. */

#define ROUNDS 6

static void fail_everywhere(struct subject *s, struct injector *injector, act_t *act)
{
	enum fault fault = FAULT_SLAB;
	unsigned int n;

	for (n = 1; n < TOO_MANY && fault != FAULT_NONE; n++) {
		want_area(s);
		if (act == open_device)
			close_one(&s->fd);
		fault_arm(injector, n);
		act(s);
		fault = fault_disarm(injector);
		clean_up(s);
		child_need(s->fd >= 0 || !open_device(s));
	}
}

struct counts {
	long inodes;
	long dentries;
};

static struct counts counts(void)
{
	return (struct counts){
		.inodes = count_in("/proc/sys/fs/inode-nr"),
		.dentries = count_in("/proc/sys/fs/dentry-state"),
	};
}

static void fail_in_rounds(struct subject *s, struct injector *injector, int rounds)
{
	while (rounds--) {
		fail_everywhere(s, injector, open_device);
		fail_everywhere(s, injector, ask);
	}
}

TEST_F_TIMEOUT(growing, nothing_with_every_failure, PATIENCE)
{
	struct subject *s = &self->s;
	struct injector injector;
	struct counts before, after;

	ASSERT_EQ(0, mlockall(MCL_CURRENT));
	ASSERT_TRUE(injector_open(&injector));
	s->area = s->pipe[0] = s->pipe[1] = -1;
	injector_choose(FAULT_SLAB);
	/* Whatever is kept for good is there after the first. */
	fail_in_rounds(s, &injector, 1);
	before = counts();
	fail_in_rounds(s, &injector, ROUNDS);
	after = counts();
	TH_LOG("in %d rounds: %ld inodes, %ld dentries more", ROUNDS,
	       after.inodes - before.inodes, after.dentries - before.dentries);
	EXPECT_GT(ROUNDS / 2, after.inodes - before.inodes);
	EXPECT_GT(ROUNDS / 2, after.dentries - before.dentries);
	injector_close(&injector);
}

TEST_HARNESS_MAIN
