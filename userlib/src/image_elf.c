// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * ELF64 of x86-64: its loadable segments.
 */
#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "image.h"

/* A member of a struct that lies in bytes. */
#define U16(bytes, type, member) image_u16((bytes) + offsetof(type, member))
#define U32(bytes, type, member) image_u32((bytes) + offsetof(type, member))
#define U64(bytes, type, member) image_u64((bytes) + offsetof(type, member))

struct elf {
	struct image_draft *draft;
	uint64_t table;			/* offset of the program headers in the file */
	uint32_t nr_headers;
	uint64_t entry;
	bool any;			/* a segment has been seen */
};

static uint32_t segment_prot(uint32_t flags)
{
	return (flags & PF_R ? PHYSVM_PROT_READ : 0) | (flags & PF_W ? PHYSVM_PROT_WRITE : 0) |
	       (flags & PF_X ? PHYSVM_PROT_EXEC : 0);
}

static bool header_is_known(const uint8_t *header)
{
	const uint16_t type = U16(header, Elf64_Ehdr, e_type);

	return header[EI_CLASS] == ELFCLASS64 && header[EI_DATA] == ELFDATA2LSB &&
	       header[EI_VERSION] == EV_CURRENT && (type == ET_EXEC || type == ET_DYN) &&
	       U16(header, Elf64_Ehdr, e_machine) == EM_X86_64 &&
	       U16(header, Elf64_Ehdr, e_phentsize) == sizeof(Elf64_Phdr);
}

static int read_header(struct elf *elf)
{
	uint8_t header[sizeof(Elf64_Ehdr)];
	int err = physvm_image_get(elf->draft, 0, header, sizeof(header));

	if (err)
		return err;
	if (!header_is_known(header))
		return -ENOEXEC;
	elf->entry = U64(header, Elf64_Ehdr, e_entry);
	elf->table = U64(header, Elf64_Ehdr, e_phoff);
	elf->nr_headers = U16(header, Elf64_Ehdr, e_phnum);
	/* The highest stands for more than 65534, of which none has been seen. */
	return elf->nr_headers == PN_XNUM || elf->table > elf->draft->file_size ? -ENOEXEC : 0;
}

/*
 * Segments are in order of their addresses, so that the first says where the
 * image begins and the last so far where it ends.
 */
static int add_segment(struct elf *elf, const uint8_t *header)
{
	struct image_draft *draft = elf->draft;
	const uint64_t addr = U64(header, Elf64_Phdr, p_vaddr);
	struct image_piece piece = {
		.length = U64(header, Elf64_Phdr, p_memsz),
		.file_offset = U64(header, Elf64_Phdr, p_offset),
		.file_length = U64(header, Elf64_Phdr, p_filesz),
		.prot = segment_prot(U32(header, Elf64_Phdr, p_flags)),
	};

	if (addr > IMAGE_MAX_ADDRESS || piece.length > IMAGE_MAX_ADDRESS - addr ||
	    piece.file_length > piece.length)
		return -ENOEXEC;
	if (!elf->any)
		draft->preferred = image_page_down(addr);
	elf->any = true;
	if (addr < draft->preferred)
		return -ENOEXEC;
	piece.offset = addr - draft->preferred;
	if (piece.offset + piece.length > draft->length)
		draft->length = image_page_up(piece.offset + piece.length);
	return physvm_image_add(draft, &piece);
}

bool physvm_image_is_elf(const uint8_t *magic)
{
	return !memcmp(magic, ELFMAG, SELFMAG);
}

static int read_segments(struct elf *elf)
{
	uint8_t header[sizeof(Elf64_Phdr)];
	uint32_t i;
	int err = 0;

	for (i = 0; i < elf->nr_headers && !err; i++) {
		err = physvm_image_get(elf->draft, elf->table + (uint64_t)i * sizeof(header),
				       header, sizeof(header));
		if (!err && U32(header, Elf64_Phdr, p_type) == PT_LOAD)
			err = add_segment(elf, header);
	}
	return err;
}

int physvm_image_read_elf(struct image_draft *draft)
{
	struct elf elf = { .draft = draft };
	int err;

	draft->format = PHYSVM_IMAGE_ELF;
	err = read_header(&elf);
	if (!err)
		err = read_segments(&elf);
	if (err || !elf.entry)
		return err;
	return elf.entry < draft->preferred ?
		       -ENOEXEC : physvm_image_set_entry(draft, elf.entry - draft->preferred);
}
