// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Executable images: their pieces as sections and segments, and the area made
 * of those.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "image.h"
#include "sys.h"

#define MAP_FLAGS (PHYSVM_ALLOC_DONTFORK | PHYSVM_ALLOC_LOW_GUARD | PHYSVM_ALLOC_HIGH_GUARD | \
		   PHYSVM_ALLOC_CARVE | PHYSVM_ALLOC_BELOW_2G)

/* Reading. */

/* All of it, or -ENOEXEC where the file ends before. */
int physvm_image_get(const struct image_draft *draft, uint64_t offset, void *to, size_t size)
{
	size_t got;
	int err;

	if (offset > draft->file_size || size > draft->file_size - offset)
		return -ENOEXEC;
	err = physvm_sys_pread(draft->fd, to, size, offset, &got);
	if (!err && got < size)
		err = -ENOEXEC;
	return err;
}

static uint64_t pieces_end(const struct image_draft *draft)
{
	const struct image_piece *last = draft->pieces + draft->nr_pieces;

	if (!draft->nr_pieces)
		return 0;
	last--;
	return last->offset + last->length;
}

/*
 * Pieces come in order, within the image and its file, and do not overlap. One
 * without bytes is none.
 */
int physvm_image_add(struct image_draft *draft, const struct image_piece *piece)
{
	if (!piece->length)
		return 0;
	if (draft->nr_pieces == IMAGE_MAX_PIECES || piece->offset < pieces_end(draft) ||
	    piece->offset > draft->length || piece->length > draft->length - piece->offset)
		return -ENOEXEC;
	if (piece->file_length && (piece->file_offset > draft->file_size ||
				   piece->file_length > draft->file_size - piece->file_offset))
		return -ENOEXEC;
	draft->pieces[draft->nr_pieces++] = *piece;
	return 0;
}

int physvm_image_set_entry(struct image_draft *draft, uint64_t entry)
{
	if (entry >= draft->length)
		return -ENOEXEC;
	draft->entry = entry;
	return 0;
}

static int read_draft(struct image_draft *draft)
{
	uint8_t magic[4];
	int err = physvm_image_get(draft, 0, magic, sizeof(magic));

	if (err)
		return err;
	if (physvm_image_is_pe(magic))
		return physvm_image_read_pe(draft);
	return physvm_image_is_elf(magic) ? physvm_image_read_elf(draft) : -ENOEXEC;
}

/* What was read, as callers want it. */

/* Room for all there can be: each piece may share its last page with the next. */
struct whole_image {
	struct physvm_image image;
	struct physvm_segment segments[IMAGE_MAX_PIECES];
	struct physvm_image_section sections[];
};

static struct physvm_image_section *new_section(struct whole_image *whole, uint64_t start,
						uint64_t end, uint32_t prot)
{
	struct physvm_image_section *section = &whole->sections[whole->image.nr_sections++];

	*section = (struct physvm_image_section){
		.offset = start,
		.length = end - start,
		.prot = prot,
	};
	return section;
}

/* The page at the end of the last section is the piece's too. */
static void share_page(struct whole_image *whole, uint64_t page, uint32_t prot)
{
	struct physvm_image_section *last = &whole->sections[whole->image.nr_sections - 1];

	if (last->length > IMAGE_PAGE && (last->prot | prot) != last->prot) {
		last->length -= IMAGE_PAGE;
		last = new_section(whole, page, page + IMAGE_PAGE, last->prot);
	}
	last->prot |= prot;
}

static uint64_t sections_end(const struct whole_image *whole)
{
	const struct physvm_image_section *last = whole->sections + whole->image.nr_sections;

	if (!whole->image.nr_sections)
		return 0;
	last--;
	return last->offset + last->length;
}

static void add_section(struct whole_image *whole, const struct image_piece *piece)
{
	const uint64_t end = image_page_up(piece->offset + piece->length);
	uint64_t start = image_page_down(piece->offset);

	if (start < sections_end(whole)) {
		share_page(whole, start, piece->prot);
		start += IMAGE_PAGE;
	}
	if (start < end)
		new_section(whole, start, end, piece->prot);
}

static void add_segment(struct whole_image *whole, const struct image_piece *piece)
{
	if (!piece->file_length)
		return;
	whole->segments[whole->image.nr_segments++] = (struct physvm_segment){
		.offset = piece->offset,
		.length = piece->file_length,
		.file_offset = piece->file_offset,
	};
}

static struct whole_image *finish(const struct image_draft *draft)
{
	struct whole_image *whole = calloc(1, sizeof(*whole) + 2 * draft->nr_pieces *
					      sizeof(whole->sections[0]));
	uint32_t i;

	if (!whole)
		return NULL;
	for (i = 0; i < draft->nr_pieces; i++) {
		add_section(whole, &draft->pieces[i]);
		add_segment(whole, &draft->pieces[i]);
	}
	whole->image.format = draft->format;
	whole->image.length = draft->length;
	whole->image.preferred = draft->preferred;
	whole->image.entry = draft->entry;
	whole->image.sections = whole->sections;
	whole->image.segments = whole->segments;
	return whole;
}

static int read_image(struct image_draft *draft, struct physvm_image **image)
{
	struct whole_image *whole;
	int err = read_draft(draft);

	if (err)
		return err;
	whole = finish(draft);
	if (!whole)
		return -ENOMEM;
	/* Without segments the module would take all of the file. */
	if (!whole->image.nr_segments) {
		free(whole);
		return -ENOEXEC;
	}
	*image = &whole->image;
	return 0;
}

EXPORT int physvm_image_read(int fd, struct physvm_image **image)
{
	struct image_draft *draft;
	struct stat status;
	int err = physvm_sys_fstat(fd, &status);

	if (err)
		return err;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	draft = calloc(1, sizeof(*draft));
	if (!draft)
		return -ENOMEM;
	draft->fd = fd;
	draft->file_size = (uint64_t)status.st_size;
	err = read_image(draft, image);
	free(draft);
	return err;
}

EXPORT void physvm_image_free(struct physvm_image *image)
{
	/* The first member of a struct whole_image. */
	free(image);
}

/* Mapping. */

static int protect_sections(struct physvm *handle, const struct physvm_image *image, char *base)
{
	uint32_t i;
	int err = 0;

	for (i = 0; i < image->nr_sections && !err; i++) {
		const struct physvm_image_section *section = &image->sections[i];

		err = physvm_protect(handle, base + section->offset, section->length,
				     section->prot);
	}
	return err;
}

EXPORT int physvm_image_map(struct physvm *handle, const struct physvm_image *image, int fd,
			    void *addr, unsigned int flags, void **base)
{
	struct physvm_alloc alloc = {
		.flags = PHYSVM_ALLOC_FILE | PHYSVM_ALLOC_MAP | flags |
			 (addr ? PHYSVM_ALLOC_VIRT : 0),
		.length = image->length,
		.virt_addr = (uintptr_t)addr,
		.max_prot = PHYSVM_PROT_VALID,
		.source_fd = fd,
		.segments = (uintptr_t)image->segments,
		.nr_segments = image->nr_segments,
	};
	void *at;
	int err;

	if (flags & ~MAP_FLAGS)
		return -EINVAL;
	err = physvm_alloc(handle, &alloc);
	if (err)
		return err;
	at = (void *)(uintptr_t)alloc.out_addr;
	err = protect_sections(handle, image, at);
	if (err)
		physvm_unmap(handle, at, image->length);
	else
		*base = at;
	return err;
}
