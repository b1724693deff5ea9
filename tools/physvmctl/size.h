/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sizes and numbers, for people.
 */
#ifndef SIZE_H
#define SIZE_H

#include <stdbool.h>
#include <stdint.h>

#define SIZE_TEXT 32

struct size_text {
	char text[SIZE_TEXT];
};

uint64_t page_size(void);
uint64_t pages_to_bytes(uint64_t pages);

/* "1.5M", or "1572864" if @exact. */
struct size_text size_of_bytes(uint64_t bytes, bool exact);
struct size_text size_of_pages(uint64_t pages, bool exact);

/* "25%"; of nothing it is 0. */
unsigned int percent(uint64_t part, uint64_t whole);

/* Digits, of base 10 or, behind 0x, 16, and nothing else. */
bool parse_number(const char *text, uint64_t *number);

/* The same with K, M, G or T behind it. */
bool parse_size(const char *text, uint64_t *bytes);

#endif
