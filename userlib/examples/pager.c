// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A gigabyte of memory that lies in a compressed file, with 16 MiB of it in pages
 * at a time. A thread brings chunks in when they are touched, and takes the
 * oldest out again to make room; what was written goes back to the file. Others
 * read and write all over it and see that nothing is lost.
 *
 * The file: an index with offset and size of each chunk, then the chunks,
 * deflated. So that it is made quickly its chunks begin as copies of a few.
 */
#include <physvm.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zlib.h>

#define PAGE 4096ul
#define LENGTH (1ul << 30)
#define CACHE (16ul << 20)
#define CHUNK (4 * PAGE)
#define CHUNKS (LENGTH / CHUNK)
#define SLOTS (CACHE / CHUNK)
#define DIFFERENT 64ul
#define THREADS 4ul
#define TOUCHES 400

/* Of a system call or a call of the library that has to succeed. */
static long need(const char *what, long result)
{
	if (result >= 0)
		return result;
	fprintf(stderr, "pager: %s: %s\n", what, strerror(result == -1 ? errno : (int)-result));
	exit(1);
}

/* The file. */

struct entry {
	uint64_t offset;
	uint64_t size;
};

static struct store {
	int fd;
	uint64_t end;
} store;

static void write_at(uint64_t offset, const void *data, size_t size)
{
	if (need("pwrite", pwrite(store.fd, data, size, (off_t)offset)) != (long)size)
		need("the file is full", -ENOSPC);
}

static void read_at(uint64_t offset, void *data, size_t size)
{
	if (need("pread", pread(store.fd, data, size, (off_t)offset)) != (long)size)
		need("the file is too short", -EIO);
}

/* Deflated to the end of the file; where it was before is lost. */
static struct entry append(const void *chunk)
{
	unsigned char deflated[CHUNK + CHUNK / 2];
	uLongf size = sizeof(deflated);
	struct entry entry;

	if (compress2(deflated, &size, chunk, CHUNK, Z_BEST_SPEED) != Z_OK)
		need("compress", -EIO);
	entry = (struct entry){ .offset = store.end, .size = size };
	write_at(entry.offset, deflated, size);
	store.end += size;
	return entry;
}

static void save(uint64_t number, const void *chunk)
{
	const struct entry entry = append(chunk);

	write_at(number * sizeof(entry), &entry, sizeof(entry));
}

static void load(uint64_t number, void *chunk)
{
	unsigned char deflated[CHUNK + CHUNK / 2];
	uLongf size = CHUNK;
	struct entry entry;

	read_at(number * sizeof(entry), &entry, sizeof(entry));
	if (entry.size > sizeof(deflated))
		need("a chunk is too large", -EIO);
	read_at(entry.offset, deflated, entry.size);
	if (uncompress(chunk, &size, deflated, entry.size) != Z_OK || size != CHUNK)
		need("a chunk cannot be inflated", -EIO);
}

/* What a word is before anybody has written to it. */
static uint64_t original(uint64_t page, uint64_t word)
{
	const uint64_t in_chunk = page % (CHUNK / PAGE);

	return page * PAGE / CHUNK % DIFFERENT * 1000000 + in_chunk * 1000 + word / 8;
}

static void make_store(void)
{
	static struct entry index[CHUNKS];
	static uint64_t chunk[CHUNK / 8];
	FILE *file = tmpfile();
	uint64_t i, word;

	store.fd = (int)need("tmpfile", file ? fileno(file) : -1);
	store.end = sizeof(index);
	for (i = 0; i < CHUNKS; i++) {
		for (word = 0; i < DIFFERENT && word < CHUNK / 8; word++)
			chunk[word] = original(i * (CHUNK / PAGE) + word / 512, word % 512);
		index[i] = i < DIFFERENT ? append(chunk) : index[i % DIFFERENT];
	}
	write_at(0, index, sizeof(index));
}

/* The pager. */

static struct cache {
	int pager;
	int stop;
	uint64_t slots[SLOTS];	/* number of the chunk, from 1 on; oldest at next */
	uint64_t next;
	bool present[CHUNKS];
	uint64_t brought_in;
	uint64_t taken_out;
} cache;

/* What the area lost is in the file before anything else is looked at. */
static void evict(uint64_t area_id, uint64_t number)
{
	static char chunk[CHUNK];
	struct physvm_answer answer = {
		.area_id = area_id,
		.offset = number * CHUNK,
		.length = CHUNK,
		.data = (uintptr_t)chunk,
		.action = PHYSVM_ANSWER_EVICT,
	};
	struct physvm_serve serve = { .answers = (uintptr_t)&answer, .nr_answers = 1 };

	need("evict", physvm_serve(cache.pager, &serve));
	need("evict", -answer.out_error);
	save(number, chunk);
	cache.present[number] = false;
	cache.taken_out++;
}

/* A free place for a chunk. */
static void make_room(uint64_t area_id, uint64_t number)
{
	uint64_t *slot = &cache.slots[cache.next++ % SLOTS];

	if (*slot)
		evict(area_id, *slot - 1);
	*slot = number + 1;
	cache.present[number] = true;
	cache.brought_in++;
}

/* Another page of the chunk may have been touched first: then it is there by now. */
static bool prepare(const struct physvm_message *message, struct physvm_answer *answer)
{
	static char chunk[CHUNK];
	const uint64_t number = message->offset / CHUNK;

	if (cache.present[number])
		return false;
	make_room(message->area_id, number);
	load(number, chunk);
	*answer = (struct physvm_answer){
		.area_id = message->area_id,
		.offset = number * CHUNK,
		.length = CHUNK,
		.data = (uintptr_t)chunk,
		.action = PHYSVM_ANSWER_COPY,
	};
	return true;
}

/* An event loop: each call answers the last message and fetches the next one. */
static void *serve_area(void *nothing)
{
	struct pollfd polled[] = {
		{ .fd = cache.pager, .events = POLLIN },
		{ .fd = cache.stop, .events = POLLIN },
	};
	struct physvm_message message;
	struct physvm_answer answer;
	struct physvm_serve serve = {
		.answers = (uintptr_t)&answer,
		.messages = (uintptr_t)&message,
		.nr_messages = 1,
	};

	while (!polled[1].revents) {
		need("serve", physvm_serve(cache.pager, &serve));
		if (serve.nr_answers)
			need("answer", -answer.out_error);
		serve.nr_answers = serve.out_messages && prepare(&message, &answer);
		if (!serve.out_messages)
			need("poll", poll(polled, 2, -1));
	}
	return nothing;
}

/* Those who use the memory: each has a word of every page to itself. */

static uint64_t *area;

struct user {
	pthread_t thread;
	unsigned int number;
	unsigned char written[LENGTH / PAGE];
	uint64_t wrong;
};

static bool page_is_right(const struct user *user, uint64_t page)
{
	const uint64_t *words = area + page * (PAGE / 8);
	const unsigned int mine = user->number;

	return words[mine] == original(page, mine) + user->written[page] &&
	       words[511] == original(page, 511);
}

static void *use(void *arg)
{
	struct user *user = arg;
	unsigned int seed = user->number, i;
	uint64_t page;

	for (i = 0; i < TOUCHES; i++) {
		page = (uint64_t)rand_r(&seed) % (LENGTH / PAGE);
		user->wrong += !page_is_right(user, page);
		area[page * (PAGE / 8) + user->number]++;
		user->written[page]++;
	}
	for (page = user->number; page < LENGTH / PAGE; page += THREADS)
		user->wrong += user->written[page] && !page_is_right(user, page);
	return NULL;
}

static void *make_area(struct physvm *physvm)
{
	struct physvm_alloc alloc = {
		.flags = PHYSVM_ALLOC_MAP | PHYSVM_ALLOC_PAGED,
		.length = LENGTH,
		.prot = PHYSVM_PROT_READ | PHYSVM_PROT_WRITE,
		.max_prot = PHYSVM_PROT_READ | PHYSVM_PROT_WRITE,
		.source_fd = cache.pager,
		.label = "compressed",
	};

	need("alloc", physvm_alloc(physvm, &alloc));
	return (void *)(uintptr_t)alloc.out_addr;
}

static uint64_t use_area(void)
{
	struct user *users = calloc(THREADS, sizeof(*users));
	uint64_t wrong = 0;
	unsigned int i;

	if (!users)
		need("memory", -ENOMEM);
	for (i = 0; i < THREADS; i++) {
		users[i].number = i;
		need("thread", -pthread_create(&users[i].thread, NULL, use, &users[i]));
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(users[i].thread, NULL);
		wrong += users[i].wrong;
	}
	free(users);
	return wrong;
}

static void stop_serving(pthread_t server)
{
	need("stop", eventfd_write(cache.stop, 1));
	pthread_join(server, NULL);
}

int main(void)
{
	struct physvm_pool_stat stat;
	struct physvm *physvm;
	pthread_t server;
	uint64_t wrong;

	need(PHYSVM_DEVICE, physvm_open(&physvm));
	make_store();
	cache.pager = (int)need("pager", physvm_pager(physvm, 0));
	cache.stop = (int)need("eventfd", eventfd(0, EFD_CLOEXEC));
	area = make_area(physvm);
	need("thread", -pthread_create(&server, NULL, serve_area, NULL));

	wrong = use_area();

	stop_serving(server);
	need("pool", physvm_pool_stat(physvm, PHYSVM_POOL_RAM, &stat));
	printf("%lu MiB in %llu KiB of pages: %llu chunks brought in, %llu taken out, %llu wrong\n",
	       LENGTH >> 20, (unsigned long long)(stat.out_used_pages * PAGE >> 10),
	       (unsigned long long)cache.brought_in, (unsigned long long)cache.taken_out,
	       (unsigned long long)wrong);
	need("unmap", physvm_unmap(physvm, area, LENGTH));
	physvm_close(physvm);
	return wrong || stat.out_used_pages * PAGE > CACHE;
}
