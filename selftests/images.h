/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Small executable images, made by hand: the headers of one with a section of
 * each kind. Needs nothing but the C library.
 */
#ifndef PHYSVM_SELFTESTS_IMAGES_H
#define PHYSVM_SELFTESTS_IMAGES_H

#include <elf.h>
#include <stdint.h>
#include <string.h>

/* Both lie in the file like this; what is not a header is 0x11, 0x22 and so on. */
#define IMAGE_FILE_SIZE 0x2000
#define IMAGE_HEADERS 0x400

/* And in memory: headers, text, read-only data, data of which half is not in the file. */
#define IMAGE_TEXT 0x1000
#define IMAGE_RODATA 0x2000
#define IMAGE_DATA 0x4000
#define IMAGE_BSS 0x6000
#define IMAGE_LENGTH 0x7000

#define IMAGE_FILE_TEXT 0x400
#define IMAGE_FILE_RODATA 0xa00
#define IMAGE_FILE_DATA 0xc00

struct image_part {
	uint32_t addr;
	uint32_t length;
	uint32_t file_offset;
	uint32_t file_length;
	uint32_t prot;	/* PROT_* */
};

#define IMAGE_PARTS 4

static const struct image_part image_parts[IMAGE_PARTS] = {
	{ IMAGE_TEXT, 0x600, IMAGE_FILE_TEXT, 0x600, 5 },
	{ IMAGE_RODATA, 0x1200, IMAGE_FILE_RODATA, 0x200, 1 },
	{ IMAGE_DATA, 0x1800, IMAGE_FILE_DATA, 0x1234, 3 },
	{ IMAGE_BSS, 0x10, 0, 0, 3 },
};

static inline void put16(unsigned char *at, uint16_t value)
{
	memcpy(at, &value, sizeof(value));
}

static inline void put32(unsigned char *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

static inline void put64(unsigned char *at, uint64_t value)
{
	memcpy(at, &value, sizeof(value));
}

/* The contents of part @i, up to the next. */
static inline void image_fill(unsigned char *file)
{
	int i;

	memset(file, 0, IMAGE_FILE_SIZE);
	for (i = 0; i < IMAGE_PARTS; i++)
		memset(file + image_parts[i].file_offset, 0x11 * (i + 1),
		       image_parts[i].file_length);
}

/* PE: where the headers are. */
#define PE_AT 0x80
#define PE_OPTIONAL (PE_AT + 24)
#define PE_TABLE (PE_OPTIONAL + 240)
#define PE_SECTION(i) (PE_TABLE + 40 * (i))
#define PE_BASE 0x140000000ull
#define PE_ENTRY (IMAGE_TEXT + 0x10)

static inline uint32_t pe_flags(uint32_t prot)
{
	return (prot & 1 ? 0x40000000u : 0) | (prot & 2 ? 0x80000000u : 0) |
	       (prot & 4 ? 0x20000000u : 0);
}

static inline void pe_image(unsigned char file[IMAGE_FILE_SIZE])
{
	unsigned char *optional = file + PE_OPTIONAL;
	int i;

	image_fill(file);
	memcpy(file, "MZ", 2);
	put32(file + 60, PE_AT);
	memcpy(file + PE_AT, "PE\0\0", 4);
	put16(file + PE_AT + 4, 0x8664);
	put16(file + PE_AT + 6, IMAGE_PARTS);
	put16(file + PE_AT + 20, PE_TABLE - PE_OPTIONAL);
	put16(file + PE_AT + 22, 0x22);
	put16(optional, 0x20b);
	put32(optional + 16, PE_ENTRY);
	put64(optional + 24, PE_BASE);
	put32(optional + 32, 0x1000);
	put32(optional + 36, 0x200);
	put32(optional + 56, IMAGE_LENGTH);
	put32(optional + 60, IMAGE_HEADERS);
	put32(optional + 108, 16);
	for (i = 0; i < IMAGE_PARTS; i++) {
		unsigned char *section = file + PE_SECTION(i);

		put32(section + 8, image_parts[i].length);
		put32(section + 12, image_parts[i].addr);
		put32(section + 16, image_parts[i].file_length);
		put32(section + 20, image_parts[i].file_offset);
		put32(section + 36, pe_flags(image_parts[i].prot));
	}
}

/* ELF: the headers are a part of their own. */
#define ELF_BASE 0x400000ull
#define ELF_HEADERS (IMAGE_PARTS + 2)
#define ELF_HEADER(i) (sizeof(Elf64_Ehdr) + (i) * sizeof(Elf64_Phdr))

static inline void elf_load(unsigned char *file, int i, const struct image_part *part)
{
	Elf64_Phdr header = {
		.p_type = PT_LOAD,
		.p_flags = (part->prot & 1 ? PF_R : 0) | (part->prot & 2 ? PF_W : 0) |
			   (part->prot & 4 ? PF_X : 0),
		.p_offset = part->file_offset,
		.p_vaddr = ELF_BASE + part->addr,
		.p_filesz = part->file_length,
		.p_memsz = part->length,
		.p_align = 0x1000,
	};

	memcpy(file + ELF_HEADER(i), &header, sizeof(header));
}

static inline void elf_image(unsigned char file[IMAGE_FILE_SIZE])
{
	static const struct image_part headers = { 0, IMAGE_HEADERS, 0, IMAGE_HEADERS, 1 };
	const Elf64_Phdr note = { .p_type = PT_NOTE, .p_vaddr = -1ull, .p_memsz = -1ull };
	const Elf64_Ehdr header = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_entry = ELF_BASE + PE_ENTRY,
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = ELF_HEADERS,
	};
	int i;

	image_fill(file);
	memcpy(file, &header, sizeof(header));
	memcpy(file + ELF_HEADER(0), &note, sizeof(note));
	elf_load(file, 1, &headers);
	for (i = 0; i < IMAGE_PARTS; i++)
		elf_load(file, i + 2, &image_parts[i]);
}

#endif
