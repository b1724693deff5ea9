// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Waits for the buffer of name_producer.c to be there, and shows the readings in it
 * as they come, or all at once if the other program has long gone.  It may read the
 * buffer and nothing else.
 */
#include <physvm.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define READINGS 8
#define PATIENCE_MS 20000

/* name_producer.c has the same. */
struct buffer {
	_Atomic uint32_t written;
	uint32_t total;
	char readings[READINGS][64];
};

static int fail(const char *what, int err)
{
	fprintf(stderr, "name_consumer: %s: %s\n", what, strerror(-err));
	return 1;
}

static int wait_for(struct physvm *physvm, const char *name, struct physvm_name_open *opened)
{
	int fd = -ENOENT, waited;

	for (waited = 0; fd == -ENOENT && waited < PATIENCE_MS; waited++) {
		fd = physvm_name_open(physvm, name, PHYSVM_PROT_READ, 0, opened);
		if (fd == -ENOENT)
			usleep(1000);
	}
	return fd;
}

static void show_readings(const struct buffer *buffer)
{
	uint32_t shown = 0, written;

	while (shown < buffer->total && shown < READINGS) {
		written = atomic_load_explicit(&buffer->written, memory_order_acquire);
		if (shown == written)
			usleep(1000);
		for (; shown < written && shown < READINGS; shown++)
			printf("%s\n", buffer->readings[shown]);
	}
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "Readings";
	struct physvm_name_open opened;
	struct physvm *physvm;
	void *view;
	int fd;

	fd = physvm_open(&physvm);
	if (fd)
		return fail(PHYSVM_DEVICE, fd);
	fd = wait_for(physvm, name, &opened);
	if (fd < 0)
		return fail(name, fd);
	if (opened.out_length < sizeof(struct buffer))
		return fail(name, -ENODATA);
	view = mmap(NULL, opened.out_length, PROT_READ, MAP_SHARED, fd, 0);
	if (view == MAP_FAILED)
		return fail("mmap", -errno);
	show_readings(view);
	if (mprotect(view, opened.out_length, PROT_READ | PROT_WRITE))
		printf("written by user %u, and by nobody else\n", opened.out_uid);
	return 0;
}
