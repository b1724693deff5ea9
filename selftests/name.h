/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls about names that work, for tests to change. Names outlive a program:
 * whatever a test has added it has to remove.
 */
#ifndef PHYSVM_SELFTESTS_NAME_H
#define PHYSVM_SELFTESTS_NAME_H

#include "util.h"

/* Nobody here has longer ones. */
static inline void set_name(uint8_t *to, const char *name)
{
	memset(to, 0, PHYSVM_NAME_SIZE);
	for (int i = 0; name[i] && i < PHYSVM_NAME_SIZE - 1; i++)
		to[i] = name[i];
}

static inline struct physvm_name_add add_args(const char *name, const void *addr, uint64_t length)
{
	struct physvm_name_add args = {
		.size = sizeof(args),
		.start = (uintptr_t)addr,
		.length = length,
		.max_prot = PROT_READ | PROT_WRITE,
		.mode = 0600,
	};

	set_name(args.name, name);
	return args;
}

static inline struct physvm_name_open open_args(const char *name, uint32_t prot, uint32_t flags)
{
	struct physvm_name_open args = {
		.size = sizeof(args),
		.flags = flags,
		.max_prot = prot,
		.out_fd = -1,
	};

	set_name(args.name, name);
	return args;
}

static inline struct physvm_name_remove remove_args(const char *name)
{
	struct physvm_name_remove args = { .size = sizeof(args) };

	set_name(args.name, name);
	return args;
}

/* These are errnos, 0 for success. */

static inline int name_add(int fd, const char *name, const void *addr, uint64_t length)
{
	struct physvm_name_add args = add_args(name, addr, length);

	return call(fd, PHYSVM_NAME_ADD, &args);
}

static inline int name_open(int fd, const char *name, uint32_t prot, uint32_t flags, int *opened)
{
	struct physvm_name_open args = open_args(name, prot, flags);
	const int err = call(fd, PHYSVM_NAME_OPEN, &args);

	*opened = args.out_fd;
	return err;
}

static inline int name_remove(int fd, const char *name)
{
	struct physvm_name_remove args = remove_args(name);

	return call(fd, PHYSVM_NAME_REMOVE, &args);
}

/* Can it be opened? It is closed again. */
static inline int name_try(int fd, const char *name, uint32_t prot, uint32_t flags)
{
	int opened;
	const int err = name_open(fd, name, prot, flags, &opened);

	if (!err)
		close(opened);
	return err;
}

/* The area with that name, mapped; NULL with errno. */
static inline char *name_map(int fd, const char *name, int prot, size_t length)
{
	char *addr;
	int opened, err = name_open(fd, name, prot, 0, &opened);

	if (err) {
		errno = err;
		return NULL;
	}
	addr = mmap(NULL, length, prot, MAP_SHARED, opened, 0);
	err = errno;
	close(opened);
	errno = err;
	return addr == MAP_FAILED ? NULL : addr;
}

static inline int name_next(int fd, uint64_t after, struct physvm_name_next *name)
{
	*name = (struct physvm_name_next){ .size = sizeof(*name), .after = after };
	return call(fd, PHYSVM_NAME_NEXT, name);
}

static inline unsigned int count_names(int fd)
{
	struct physvm_name_next name;
	unsigned int count = 0;
	uint64_t after = 0;

	for (; !name_next(fd, after, &name); after = name.out_id)
		count++;
	return count;
}

/* False if one stays. */
static inline bool remove_all_names(int fd)
{
	struct physvm_name_next name;

	while (!name_next(fd, 0, &name))
		if (name_remove(fd, (char *)name.out_name))
			return false;
	return true;
}

/* A descriptor that will be closed, or a mapping unmapped, some time soon. */
static inline bool free_soon(int fd, const char *name)
{
	int tries, err = EBUSY;

	for (tries = 0; tries < 500 && err == EBUSY; tries++) {
		err = name_try(fd, name, PROT_READ, PHYSVM_NAME_EXCL);
		if (err)
			usleep(10000);
	}
	return !err;
}

static inline bool have_unicode(int fd)
{
	struct physvm_info info = { .size = sizeof(info) };

	return !ioctl(fd, PHYSVM_INFO, &info) && info.out_features & PHYSVM_FEATURE_UNICODE;
}

#endif
