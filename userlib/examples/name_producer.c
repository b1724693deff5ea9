// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Writes readings into a buffer that everybody may read by its name, and ends.  The
 * buffer stays, for name_consumer.c, which need not have been started yet; names.c
 * removes it.
 */
#include <physvm.h>

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define READINGS 8
#define LENGTH 4096

/* name_consumer.c has the same. */
struct buffer {
	_Atomic uint32_t written;	/* readings that are complete */
	uint32_t total;			/* readings there will be */
	char readings[READINGS][64];
};

static int fail(const char *what, int err)
{
	fprintf(stderr, "name_producer: %s: %s\n", what, strerror(-err));
	return 1;
}

/* Nobody sees a reading before it is complete. */
static void write_readings(struct buffer *buffer)
{
	uint32_t i;

	for (i = 0; i < READINGS; i++) {
		snprintf(buffer->readings[i], sizeof(buffer->readings[i]), "reading %u: %u", i,
			 i * i);
		atomic_store_explicit(&buffer->written, i + 1, memory_order_release);
	}
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "Readings";
	struct physvm *physvm;
	struct buffer *buffer;
	void *area;
	int err;

	err = physvm_open(&physvm);
	if (err)
		return fail(PHYSVM_DEVICE, err);
	err = physvm_map(physvm, LENGTH, PHYSVM_PROT_READ | PHYSVM_PROT_WRITE,
			 PHYSVM_ALLOC_COMMIT, &area);
	if (err)
		return fail("map", err);
	buffer = area;
	buffer->total = READINGS;
	err = physvm_name_add(physvm, name, area, 0, PHYSVM_PROT_READ, 0444, PHYSVM_NAME_UNIQUE);
	if (err)
		return fail(name, err);
	write_readings(buffer);
	return 0;
}
