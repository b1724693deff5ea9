// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Lists the names of memory, or removes one: names [-r NAME].
 */
#include <physvm.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int fail(const char *what, int err)
{
	fprintf(stderr, "names: %s: %s\n", what, strerror(-err));
	return 1;
}

/* As ls -l has it: "rw-r--r--". */
static void print_mode(uint32_t mode)
{
	int bit;

	for (bit = 8; bit >= 0; bit--)
		putchar(mode >> bit & 1 ? "xwr"[bit % 3] : '-');
}

static void list(struct physvm *physvm)
{
	struct physvm_name_next name = { 0 };

	while (!physvm_name_next(physvm, name.out_id, &name)) {
		print_mode(name.out_mode);
		printf(" %5u %5u %10" PRIu64 " %s\n", name.out_uid, name.out_gid,
		       (uint64_t)name.out_length, (char *)name.out_name);
	}
}

int main(int argc, char **argv)
{
	struct physvm *physvm;
	int err;

	if (argc != 1 && (argc != 3 || strcmp(argv[1], "-r"))) {
		fprintf(stderr, "usage: names [-r NAME]\n");
		return 2;
	}
	err = physvm_open(&physvm);
	if (err)
		return fail(PHYSVM_DEVICE, err);
	if (argc == 1)
		list(physvm);
	else
		err = physvm_name_remove(physvm, argv[2]);
	physvm_close(physvm);
	return err ? fail(argv[2], err) : 0;
}
