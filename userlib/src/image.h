/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the formats of images share: reading headers nobody vouches for, and
 * collecting the pieces of the image they describe.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "physvm_image.h"

#define IMAGE_PAGE 4096u

/* As many as the module takes segments. */
#define IMAGE_MAX_PIECES 1024u

/* No address of x86-64 is above, and sums of two do not wrap. */
#define IMAGE_MAX_ADDRESS (1ull << 56)

/* Bytes of the image with one protection, of which the first come from the file. */
struct image_piece {
	uint64_t offset;
	uint64_t length;
	uint64_t file_offset;
	uint64_t file_length;
	uint32_t prot;
};

struct image_draft {
	int fd;
	uint64_t file_size;
	uint32_t format;
	uint64_t length;
	uint64_t preferred;
	uint64_t entry;
	uint32_t nr_pieces;
	struct image_piece pieces[IMAGE_MAX_PIECES];
};

int physvm_image_get(const struct image_draft *draft, uint64_t offset, void *to, size_t size);
int physvm_image_add(struct image_draft *draft, const struct image_piece *piece);
int physvm_image_set_entry(struct image_draft *draft, uint64_t entry);

bool physvm_image_is_pe(const uint8_t *magic);
bool physvm_image_is_elf(const uint8_t *magic);
int physvm_image_read_pe(struct image_draft *draft);
int physvm_image_read_elf(struct image_draft *draft);

static inline uint16_t image_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t image_u32(const uint8_t *at)
{
	return image_u16(at) | (uint32_t)image_u16(at + 2) << 16;
}

static inline uint64_t image_u64(const uint8_t *at)
{
	return image_u32(at) | (uint64_t)image_u32(at + 4) << 32;
}

static inline uint64_t image_page_down(uint64_t value)
{
	return value & ~(uint64_t)(IMAGE_PAGE - 1);
}

/* Of what is no more than two IMAGE_MAX_ADDRESS. */
static inline uint64_t image_page_up(uint64_t value)
{
	return image_page_down(value + IMAGE_PAGE - 1);
}

#endif
