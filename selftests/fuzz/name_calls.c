// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls about names, and what must be true after each.
 */
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ioctl_calls.h"
#include "name_calls.h"
#include "oracle.h"

/* Few, so that calls meet; the first three are one. The last are no names. */
static const char *const texts[] = {
	"name", "NAME", "nAmE", "other", "stra\xc3\x9f" "e", "STRASSE", "caf\xc3\xa9",
	"cafe\xcc\x81", "a/b", "\xce\x90\xce\x90\xce\x90", "long", "",
	"\xff", "line\n", "\xed\xa0\x80", "unterminated",
};

enum { LONG = 10, UNTERMINATED = 15, NR_TEXTS = 16 };

/* Numbers from 256 on put a byte behind the end. */
static void set_name(uint8_t *name, uint64_t number)
{
	const unsigned int text = number % NR_TEXTS;

	memset(name, 0, PHYSVM_NAME_SIZE);
	if (text == LONG || text == UNTERMINATED)
		memset(name, 'x', PHYSVM_NAME_SIZE - (text == LONG));
	else
		strcpy((char *)name, texts[text]);
	if (number >= 256)
		name[number % PHYSVM_NAME_SIZE] ^= number >> 8;
}

enum { FLAGS = REST, NAME };

long call_name_add(struct machine *machine, const uint64_t *args)
{
	enum { START = NAME + 1, OFFSET, LENGTH, FROM, MAX, MODE };
	const bool by_fd = args[FLAGS] & PHYSVM_NAME_FD;
	struct physvm_name_add add = {
		.flags = args[FLAGS],
		.start = by_fd ? args[OFFSET] : args[START],
		.length = args[LENGTH],
		.fd = by_fd ? args[FROM] : 0,
		.max_prot = args[MAX],
		.mode = args[MODE],
	};

	set_name(add.name, args[NAME]);
	return device_call(machine, args, PHYSVM_NAME_ADD, &add, sizeof(add));
}

long call_name_open(struct machine *machine, const uint64_t *args)
{
	enum { MAX = NAME + 1, OUT };
	struct physvm_name_open open = { .flags = args[FLAGS], .max_prot = args[MAX] };
	struct stat stat;
	long result;

	set_name(open.name, args[NAME]);
	result = device_call(machine, args, PHYSVM_NAME_OPEN, &open, sizeof(open));
	if (result)
		return result;
	machine->fds[args[OUT]] = open.out_fd;
	if (settled(machine, args) &&
	    (fstat(open.out_fd, &stat) || (uint64_t)stat.st_size != open.out_length ||
	     stat.st_ino != open.out_area_id))
		complain(machine, "name_open: the file is not what was said");
	return result;
}

long call_name_remove(struct machine *machine, const uint64_t *args)
{
	enum { START = NAME + 1, FROM };
	struct physvm_name_remove remove = {
		.flags = args[FLAGS],
		.start = args[FLAGS] & PHYSVM_NAME_ADDR ? args[START] : 0,
		.fd = args[FLAGS] & PHYSVM_NAME_FD ? args[FROM] : 0,
	};
	long result;

	if (!args[FLAGS] || args[NAME] >= NR_TEXTS)
		set_name(remove.name, args[NAME]);
	result = device_call(machine, args, PHYSVM_NAME_REMOVE, &remove, sizeof(remove));
	if (!result && settled(machine, args) && !remove.out_removed)
		complain(machine, "name_remove: nothing was removed");
	return result;
}

long call_name_next(struct machine *machine, const uint64_t *args)
{
	struct physvm_name_next next = { .flags = args[FLAGS], .after = args[REST + 1] };
	const long result = device_call(machine, args, PHYSVM_NAME_NEXT, &next, sizeof(next));

	if (!result && settled(machine, args) &&
	    (next.out_id <= next.after || !next.out_length || next.out_mode & ~0777u))
		complain(machine, "name_next: %llu after %llu", next.out_id, next.after);
	return result;
}

/* Names outlive the program that has added them. */
void forget_names(int device)
{
	struct physvm_name_next next = { .size = sizeof(next) };
	struct physvm_name_remove remove = { .size = sizeof(remove) };

	while (!ioctl(device, PHYSVM_NAME_NEXT, &next)) {
		memcpy(remove.name, next.out_name, sizeof(remove.name));
		if (ioctl(device, PHYSVM_NAME_REMOVE, &remove))
			break;
	}
}
