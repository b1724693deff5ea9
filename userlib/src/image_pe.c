// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * PE32+ of x86-64: where the sections of the image lie, and what may be done to
 * them.
 */
#include <errno.h>

#include "image.h"

/* The header of MS-DOS: only where the others are. */
#define DOS_SIZE 64
#define DOS_LFANEW 60

/* Signature and file header, from there on. */
#define FILE_SIZE 24
#define FILE_MACHINE 4
#define FILE_NR_SECTIONS 6
#define FILE_OPTIONAL_SIZE 20
#define MACHINE_AMD64 0x8664

/* The optional header, up to the directories. */
#define OPTIONAL_SIZE 112
#define OPTIONAL_ENTRY 16
#define OPTIONAL_BASE 24
#define OPTIONAL_ALIGNMENT 32
#define OPTIONAL_IMAGE_SIZE 56
#define OPTIONAL_HEADERS_SIZE 60
#define MAGIC_PE32PLUS 0x20b

/* An entry of the section table. */
#define SECTION_SIZE 40
#define SECTION_LENGTH 8
#define SECTION_ADDRESS 12
#define SECTION_RAW_LENGTH 16
#define SECTION_RAW_OFFSET 20
#define SECTION_FLAGS 36
#define SECTION_EXECUTE 0x20000000u
#define SECTION_READ 0x40000000u
#define SECTION_WRITE 0x80000000u

struct pe {
	struct image_draft *draft;
	uint64_t table;			/* offset of the section table in the file */
	uint32_t nr_sections;
	uint32_t alignment;
	uint32_t headers_size;
};

static uint32_t section_prot(uint32_t flags)
{
	return (flags & SECTION_READ ? PHYSVM_PROT_READ : 0) |
	       (flags & SECTION_WRITE ? PHYSVM_PROT_WRITE : 0) |
	       (flags & SECTION_EXECUTE ? PHYSVM_PROT_EXEC : 0);
}

static int read_file_header(struct pe *pe, uint64_t *optional, uint32_t *optional_size)
{
	uint8_t dos[DOS_SIZE], file[FILE_SIZE];
	uint64_t at;
	int err = physvm_image_get(pe->draft, 0, dos, sizeof(dos));

	if (err)
		return err;
	at = image_u32(dos + DOS_LFANEW);
	err = physvm_image_get(pe->draft, at, file, sizeof(file));
	if (err)
		return err;
	if (image_u32(file) != 0x4550 || image_u16(file + FILE_MACHINE) != MACHINE_AMD64)
		return -ENOEXEC;
	pe->nr_sections = image_u16(file + FILE_NR_SECTIONS);
	*optional = at + FILE_SIZE;
	*optional_size = image_u16(file + FILE_OPTIONAL_SIZE);
	return 0;
}

static bool power_of_two(uint32_t value)
{
	return value && !(value & (value - 1));
}

static int take_optional_header(struct pe *pe, const uint8_t *optional)
{
	struct image_draft *draft = pe->draft;

	if (image_u16(optional) != MAGIC_PE32PLUS)
		return -ENOEXEC;
	draft->preferred = image_u64(optional + OPTIONAL_BASE);
	draft->length = image_page_up(image_u32(optional + OPTIONAL_IMAGE_SIZE));
	pe->alignment = image_u32(optional + OPTIONAL_ALIGNMENT);
	pe->headers_size = image_u32(optional + OPTIONAL_HEADERS_SIZE);
	if (!draft->length || !power_of_two(pe->alignment) ||
	    image_page_down(draft->preferred) != draft->preferred ||
	    draft->preferred > IMAGE_MAX_ADDRESS)
		return -ENOEXEC;
	return physvm_image_set_entry(draft, image_u32(optional + OPTIONAL_ENTRY));
}

static int read_headers(struct pe *pe)
{
	uint8_t bytes[OPTIONAL_SIZE];
	uint32_t optional_size = 0;
	uint64_t optional = 0;
	int err = read_file_header(pe, &optional, &optional_size);

	if (err)
		return err;
	if (optional_size < OPTIONAL_SIZE)
		return -ENOEXEC;
	err = physvm_image_get(pe->draft, optional, bytes, sizeof(bytes));
	if (err)
		return err;
	pe->table = optional + optional_size;
	return take_optional_header(pe, bytes);
}

/* They are a piece like any other, and the section table is in it. */
static int add_headers(struct pe *pe)
{
	const struct image_piece piece = {
		.length = pe->headers_size,
		.file_length = pe->headers_size,
		.prot = PHYSVM_PROT_READ,
	};

	if (pe->headers_size < pe->table + (uint64_t)pe->nr_sections * SECTION_SIZE)
		return -ENOEXEC;
	return physvm_image_add(pe->draft, &piece);
}

/*
 * Without a length in memory that in the file counts, and raw data behind that
 * length is padding. No offset in the file means: nothing there.
 */
static int add_section(struct pe *pe, const uint8_t *section)
{
	struct image_piece piece = {
		.offset = image_u32(section + SECTION_ADDRESS),
		.length = image_u32(section + SECTION_LENGTH),
		.file_offset = image_u32(section + SECTION_RAW_OFFSET),
		.file_length = image_u32(section + SECTION_RAW_LENGTH),
		.prot = section_prot(image_u32(section + SECTION_FLAGS)),
	};

	if (piece.offset % pe->alignment)
		return -ENOEXEC;
	if (!piece.length)
		piece.length = piece.file_length;
	if (piece.file_length > piece.length)
		piece.file_length = piece.length;
	if (!piece.file_offset)
		piece.file_length = 0;
	return physvm_image_add(pe->draft, &piece);
}

bool physvm_image_is_pe(const uint8_t *magic)
{
	return magic[0] == 'M' && magic[1] == 'Z';
}

int physvm_image_read_pe(struct image_draft *draft)
{
	struct pe pe = { .draft = draft };
	uint8_t section[SECTION_SIZE];
	uint32_t i;
	int err;

	draft->format = PHYSVM_IMAGE_PE;
	err = read_headers(&pe);
	if (!err)
		err = add_headers(&pe);
	for (i = 0; i < pe.nr_sections && !err; i++) {
		err = physvm_image_get(draft, pe.table + (uint64_t)i * SECTION_SIZE, section,
				       sizeof(section));
		if (!err)
			err = add_section(&pe, section);
	}
	return err;
}
