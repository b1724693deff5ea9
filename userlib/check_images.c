// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * usage: check_images [MUTATIONS]
 *
 * Reads damaged images, for sanitizers to watch: cut off at every byte, then
 * with some of their headers changed at random.  What is accepted must be what
 * physvm_image.h promises.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <physvm_image.h>

#include "../selftests/images.h"

#define PAGE 4096u

static int fd;
static unsigned long accepted, refused;

static uint64_t random_number(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Promises. */

static void demand(bool kept, const char *promise)
{
	if (kept)
		return;
	fprintf(stderr, "check_images: after %lu images not %s\n", accepted + refused, promise);
	abort();
}

static void check_sections(const struct physvm_image *image)
{
	uint64_t end = 0;
	uint32_t i;

	for (i = 0; i < image->nr_sections; i++) {
		const struct physvm_image_section *section = &image->sections[i];

		demand(!(section->offset % PAGE) && !(section->length % PAGE) && section->length,
		       "whole pages");
		demand(section->offset >= end, "sections in order");
		demand(section->offset <= image->length &&
		       section->length <= image->length - section->offset,
		       "sections within the image");
		demand(!(section->prot & ~PHYSVM_PROT_VALID) && !section->reserved, "protections");
		end = section->offset + section->length;
	}
}

static void check_segments(const struct physvm_image *image, uint64_t file_size)
{
	uint64_t end = 0;
	uint32_t i;

	demand(image->nr_segments && image->nr_segments <= PHYSVM_SEGMENTS_MAX, "some segments");
	for (i = 0; i < image->nr_segments; i++) {
		const struct physvm_segment *segment = &image->segments[i];

		demand(segment->length && segment->offset >= end, "segments in order");
		demand(segment->offset <= image->length &&
		       segment->length <= image->length - segment->offset,
		       "segments within the image");
		demand(segment->file_offset <= file_size &&
		       segment->length <= file_size - segment->file_offset,
		       "segments within the file");
		end = segment->offset + segment->length;
	}
}

static int read_image(uint64_t file_size)
{
	struct physvm_image *image = NULL;
	int err = physvm_image_read(fd, &image);

	if (err) {
		demand(err == -ENOEXEC && !image, "ENOEXEC");
		refused++;
		return err;
	}
	accepted++;
	demand(image->length && !(image->length % PAGE), "a length in pages");
	demand(!(image->preferred % PAGE) && image->preferred + image->length > image->preferred &&
	       image->entry < image->length, "addresses");
	check_sections(image);
	check_segments(image, file_size);
	physvm_image_free(image);
	return 0;
}

/* Damage. */

/* Whatever is cut off, some part of the image is in it. */
static void cut_everywhere(const unsigned char *file, size_t end)
{
	size_t size;

	for (size = 0; size < IMAGE_FILE_SIZE; size++) {
		demand(!ftruncate(fd, 0) && pwrite(fd, file, size, 0) == (ssize_t)size, "a file");
		demand(!read_image(size) == (size >= end), "the end of the file noticed");
	}
}

/* Of 1, 2, 4 or 8 bytes: anything, nothing, a little more or less, a power of two. */
static uint64_t damage(uint64_t value)
{
	switch (random_number() % 6) {
	case 0:
		return random_number();
	case 1:
		return 0;
	case 2:
		return -(random_number() % 0x3000);
	case 3:
		return value + random_number() % 0x2000 - 0x1000;
	case 4:
		return 1ull << random_number() % 64;
	default:
		return value ^ 1ull << random_number() % 64;
	}
}

static void change_headers(const unsigned char *file, size_t headers)
{
	unsigned char copy[IMAGE_FILE_SIZE];
	unsigned int changes = random_number() % 3 + 1;
	uint64_t value = 0;

	memcpy(copy, file, sizeof(copy));
	while (changes--) {
		size_t size = 1u << random_number() % 4;
		size_t at = random_number() % (headers / size) * size;

		memcpy(&value, copy + at, size);
		value = damage(value);
		memcpy(copy + at, &value, size);
	}
	demand(pwrite(fd, copy, headers, 0) == (ssize_t)headers, "a file");
	read_image(IMAGE_FILE_SIZE);
}

static void check_format(const unsigned char *file, size_t headers, unsigned long mutations)
{
	unsigned long before;

	cut_everywhere(file, IMAGE_FILE_DATA + 0x1234);
	demand(pwrite(fd, file, IMAGE_FILE_SIZE, 0) == IMAGE_FILE_SIZE, "a file");
	demand(!read_image(IMAGE_FILE_SIZE), "accepted");
	before = accepted;
	refused = 0;
	while (mutations--)
		change_headers(file, headers);
	demand(accepted - before > refused / 100 && refused > (accepted - before) / 100,
	       "both kinds of images");
	printf("%lu accepted, %lu refused\n", accepted - before, refused);
}

int main(int argc, char **argv)
{
	const unsigned long mutations = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000;
	unsigned char file[IMAGE_FILE_SIZE];

	fd = memfd_create("image", MFD_CLOEXEC);
	demand(fd >= 0, "a file");
	pe_image(file);
	check_format(file, PE_SECTION(IMAGE_PARTS), mutations / 2);
	elf_image(file);
	check_format(file, ELF_HEADER(ELF_HEADERS), mutations / 2);
	return 0;
}
