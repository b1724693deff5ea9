// SPDX-License-Identifier: GPL-2.0-only
/*
 * Headers of executable images, whole and damaged.  check_images.c of the userlib
 * tries many more of the latter.
 */
#include "kselftest_harness.h"

#include <physvm_image.h>
#include <stddef.h>
#include <stdlib.h>

#include "image_file.h"

#define RW (PROT_READ | PROT_WRITE)

FIXTURE(image_read)
{
	struct physvm_image *image;
};

FIXTURE_VARIANT(image_read)
{
	void (*make)(unsigned char *file);
	uint32_t format;
	uint64_t preferred;
};

FIXTURE_VARIANT_ADD(image_read, pe)
{
	.make = pe_image,
	.format = PHYSVM_IMAGE_PE,
	.preferred = PE_BASE,
};

FIXTURE_VARIANT_ADD(image_read, elf)
{
	.make = elf_image,
	.format = PHYSVM_IMAGE_ELF,
	.preferred = ELF_BASE,
};

FIXTURE_SETUP(image_read)
{
	unsigned char file[IMAGE_FILE_SIZE];
	int source;

	variant->make(file);
	source = memory_file(file, sizeof(file));
	ASSERT_EQ(0, physvm_image_read(source, &self->image));
	close(source);
}

FIXTURE_TEARDOWN(image_read)
{
	physvm_image_free(self->image);
}

static bool is_section(const struct physvm_image_section *section, uint64_t offset,
		       uint64_t length, uint32_t prot)
{
	return section->offset == offset && section->length == length && section->prot == prot;
}

TEST_F(image_read, headers)
{
	const struct physvm_image *image = self->image;

	EXPECT_EQ(variant->format, image->format);
	EXPECT_EQ(variant->preferred, image->preferred);
	EXPECT_EQ(IMAGE_LENGTH, image->length);
	EXPECT_EQ(PE_ENTRY, image->entry);
	ASSERT_EQ(5, image->nr_sections);
	EXPECT_TRUE(is_section(&image->sections[0], 0, PAGE, PROT_READ));
	EXPECT_TRUE(is_section(&image->sections[1], IMAGE_TEXT, PAGE, PROT_READ | PROT_EXEC));
	EXPECT_TRUE(is_section(&image->sections[2], IMAGE_RODATA, 2 * PAGE, PROT_READ));
	EXPECT_TRUE(is_section(&image->sections[3], IMAGE_DATA, 2 * PAGE, RW));
	EXPECT_TRUE(is_section(&image->sections[4], IMAGE_BSS, PAGE, RW));
	ASSERT_EQ(4, image->nr_segments);
	EXPECT_EQ(IMAGE_DATA, image->segments[3].offset);
	EXPECT_EQ(0x1234, image->segments[3].length);
	EXPECT_EQ(IMAGE_FILE_DATA, image->segments[3].file_offset);
}

/* A page of two sections has the protection of both, the others their own. */
TEST(sections_that_share_a_page)
{
	unsigned char file[IMAGE_FILE_SIZE];
	struct physvm_image *image;
	int source;

	pe_image(file);
	put32(file + PE_OPTIONAL + 32, 0x200);
	put32(file + PE_SECTION(1) + 8, 0x1e00);	/* to 0x3e00 */
	put32(file + PE_SECTION(2) + 12, 0x3e00);	/* to 0x5600 */
	source = memory_file(file, sizeof(file));
	ASSERT_EQ(0, physvm_image_read(source, &image));
	ASSERT_EQ(6, image->nr_sections);
	EXPECT_TRUE(is_section(&image->sections[2], IMAGE_RODATA, PAGE, PROT_READ));
	EXPECT_TRUE(is_section(&image->sections[3], 0x3000, PAGE, RW));
	EXPECT_TRUE(is_section(&image->sections[4], 0x4000, 2 * PAGE, RW));
	EXPECT_TRUE(is_section(&image->sections[5], IMAGE_BSS, PAGE, RW));
	physvm_image_free(image);
	close(source);
}

static int read_error(int fd)
{
	struct physvm_image *image = NULL;
	int err = physvm_image_read(fd, &image);

	if (!err)
		physvm_image_free(image);
	return err;
}

TEST(no_image)
{
	int ends[2], file;

	EXPECT_EQ(-EBADF, read_error(-1));
	ASSERT_EQ(0, pipe2(ends, O_CLOEXEC));
	EXPECT_EQ(-EINVAL, read_error(ends[0]));
	close(ends[0]);
	close(ends[1]);
	file = memory_file("MZ", 0);
	EXPECT_EQ(-ENOEXEC, read_error(file));
	close(file);
	file = memory_file("#!/bin/sh\nexit\n", 15);
	EXPECT_EQ(-ENOEXEC, read_error(file));
	close(file);
	file = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	EXPECT_EQ(-EINVAL, read_error(file));
	close(file);
}

/* An ELF image of @count bytes, each a segment. */
static int many_segments(uint32_t count)
{
	const size_t size = sizeof(Elf64_Ehdr) + count * sizeof(Elf64_Phdr);
	unsigned char *file = calloc(1, size + IMAGE_FILE_SIZE);
	struct physvm_image *image = NULL;
	uint32_t i;
	int err, source;

	elf_image(file);
	put16(file + offsetof(Elf64_Ehdr, e_phnum), count);
	for (i = 0; i < count; i++) {
		const struct image_part byte = { i == 0 ? 0x1000 : 0x1010 + i, 1, i, 1, 1 };

		elf_load(file, i, &byte);
	}
	source = memory_file(file, size);
	err = physvm_image_read(source, &image);
	close(source);
	free(file);
	if (err)
		return err;
	err = image->nr_segments == count && image->nr_sections == 1 ? 0 : -EDOM;
	physvm_image_free(image);
	return err;
}

TEST(most_segments)
{
	EXPECT_EQ(0, many_segments(2));
	EXPECT_EQ(0, many_segments(PHYSVM_SEGMENTS_MAX));
	EXPECT_EQ(-ENOEXEC, many_segments(PHYSVM_SEGMENTS_MAX + 1));
	EXPECT_EQ(-ENOEXEC, many_segments(PN_XNUM - 1));
}

/* One byte wrong at a time, each of which would be believed by a careless reader. */
TEST(damaged_headers)
{
	static const struct {
		void (*make)(unsigned char *file);
		size_t at;
		uint32_t value;
	} wrong[] = {
		{ pe_image, 60, 0xfffffff0 },			/* headers: beyond the file */
		{ pe_image, PE_AT + 4, 0x0004014c },		/* i386 */
		{ pe_image, PE_OPTIONAL, 0x0000010b },		/* PE32 */
		{ pe_image, PE_OPTIONAL + 16, IMAGE_LENGTH },	/* entry */
		{ pe_image, PE_OPTIONAL + 24, 1 },		/* base */
		{ pe_image, PE_OPTIONAL + 32, 0 },		/* alignment */
		{ pe_image, PE_OPTIONAL + 32, 0x1800 },
		{ pe_image, PE_OPTIONAL + 56, 0 },		/* length */
		{ pe_image, PE_OPTIONAL + 60, 0x100 },		/* headers: without the table */
		{ pe_image, PE_OPTIONAL + 60, 0x1001 },		/* and over the text */
		{ pe_image, PE_SECTION(0) + 8, 0x1001 },	/* overlaps the next */
		{ pe_image, PE_SECTION(0) + 8, 0xfffff000 },	/* wraps */
		{ pe_image, PE_SECTION(1) + 12, 0x2100 },	/* not aligned */
		{ pe_image, PE_SECTION(1) + 12, 0 },		/* not in order */
		{ pe_image, PE_SECTION(2) + 20, 0xfffffff0 },	/* beyond the file */
		{ pe_image, PE_SECTION(3) + 12, IMAGE_LENGTH },	/* beyond the image */
		{ elf_image, 4, ELFCLASS32 | ELFDATA2LSB << 8 | EV_CURRENT << 16 },
		{ elf_image, 16, ET_REL | EM_X86_64 << 16 },
		{ elf_image, 16, ET_DYN | EM_AARCH64 << 16 },
		{ elf_image, 24, 1 },				/* entry */
		{ elf_image, 36, 1 },				/* headers: offset wraps */
		{ elf_image, 54, 32 | ELF_HEADERS << 16 },	/* size of one */
		{ elf_image, 54, sizeof(Elf64_Phdr) | (uint32_t)PN_XNUM << 16 },
		{ elf_image, ELF_HEADER(2) + 12, 1 },		/* offset in the file */
		{ elf_image, ELF_HEADER(2) + 20, 0xffffffff },	/* address wraps */
		{ elf_image, ELF_HEADER(2) + 32, 0x601 },	/* more in the file */
		{ elf_image, ELF_HEADER(2) + 44, 0xffffffff },	/* length wraps */
		{ elf_image, ELF_HEADER(2) + 40, 0x1001 },	/* overlaps the next */
		{ elf_image, ELF_HEADER(3) + 16, 0x3ff000 },	/* below the first */
	};
	unsigned char file[IMAGE_FILE_SIZE];
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		int source;

		wrong[i].make(file);
		put32(file + wrong[i].at, wrong[i].value);
		source = memory_file(file, sizeof(file));
		EXPECT_EQ(-ENOEXEC, read_error(source))
			TH_LOG("header %zu", i);
		close(source);
	}
}

TEST_HARNESS_MAIN
