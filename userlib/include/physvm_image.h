/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/**
 * DOC: executable images as areas
 *
 * An executable image is read where it lies in its file, and laid out as its
 * headers say: each section in its place, with its protection, filled out of
 * the file when it is touched.  PE32+ and ELF64, both of x86-64.
 *
 * Nothing is relocated, nothing imported, no thread-local storage made: that is
 * the business of whoever runs the image.  What is mapped may be changed as any
 * memory of physvm, and the file never is.
 */
#ifndef PHYSVM_IMAGE_H
#define PHYSVM_IMAGE_H

#include <physvm.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum physvm_image_format - Whose headers an image has
 * @PHYSVM_IMAGE_PE: PE32+, as EFI and Windows have it
 * @PHYSVM_IMAGE_ELF: ELF64, ET_EXEC or ET_DYN
 */
enum physvm_image_format {
	PHYSVM_IMAGE_PE = 1,
	PHYSVM_IMAGE_ELF = 2,
};

/**
 * struct physvm_image_section - Pages of an image with one protection
 * @offset: of the first, in bytes from the start of the image
 * @length: bytes
 * @prot: PHYSVM_PROT_*
 * @reserved: 0
 */
struct physvm_image_section {
	uint64_t offset;
	uint64_t length;
	uint32_t prot;
	uint32_t reserved;
};

/**
 * struct physvm_image - How an image lies in memory
 * @format: enum physvm_image_format
 * @nr_sections: how many @sections there are
 * @nr_segments: how many @segments there are, at most 1024
 * @reserved: 0
 * @length: bytes, whole pages, from the first section to the end of the last
 * @preferred: address the image was made for; 0 where it does not mind
 * @entry: offset of the first instruction; 0 where there is none
 * @sections: in order of their offset, not overlapping.  Pages in between have
 *	no access.  A page with two sections of the file in it has the protection
 *	of both
 * @segments: what comes out of the file, as PHYSVM_ALLOC_FILE wants it.  All else
 *	is zero
 */
struct physvm_image {
	uint32_t format;
	uint32_t nr_sections;
	uint32_t nr_segments;
	uint32_t reserved;
	uint64_t length;
	uint64_t preferred;
	uint64_t entry;
	const struct physvm_image_section *sections;
	const struct physvm_segment *segments;
};

/**
 * physvm_image_read() - Read the headers of an executable image
 * @fd: descriptor of a regular file, open for reading; its position does not
 *	matter and stays where it is
 * @image: set to the image on success, for physvm_image_free()
 *
 * The headers may be anybody's: what is returned is within the file and without
 * contradictions, or an error is.
 *
 * Return: 0, or -ENOEXEC for what is no image of a kind known here, is damaged,
 * or has more than 1024 sections; -EBADF, -EINVAL for what is no regular file;
 * -ENOMEM, or another error of pread(2).
 */
int physvm_image_read(int fd, struct physvm_image **image);

/**
 * physvm_image_free() - Free what physvm_image_read() has made
 * @image: the image, or NULL
 *
 * What is mapped of it stays.
 */
void physvm_image_free(struct physvm_image *image);

/**
 * physvm_image_map() - Map an executable image
 * @handle: handle from physvm_open()
 * @image: from physvm_image_read()
 * @fd: the file it was read from; may be closed afterwards
 * @addr: where to, a multiple of the page size; NULL for anywhere
 * @flags: PHYSVM_ALLOC_DONTFORK, _LOW_GUARD, _HIGH_GUARD, _CARVE, _BELOW_2G, or 0
 * @base: set to the address of the image's start on success
 *
 * Makes an area of the type PHYSVM_AREA_IMAGE and gives each section its
 * protection, which physvm_protect() may change later.  All of it is mapped or
 * nothing.  To unmap it, call physvm_unmap() with @image->length.
 *
 * Return: 0, or as physvm_alloc(): -EPERM also where a section is writable and
 * executable and the module's policy forbids that, -EEXIST when something is
 * mapped at @addr.
 */
int physvm_image_map(struct physvm *handle, const struct physvm_image *image, int fd, void *addr,
		     unsigned int flags, void **base);

#ifdef __cplusplus
}
#endif

#endif /* PHYSVM_IMAGE_H */
