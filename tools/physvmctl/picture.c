// SPDX-License-Identifier: GPL-2.0-only
#include "picture.h"

#include "cell.h"
#include "glyph.h"
#include "size.h"

#include <inttypes.h>

/* Lines a picture should not exceed; one of memory with many gaps may. */
#define LINES 16

#define ADDRESS_WIDTH 16

/**
 * struct canvas - where a picture goes
 * @glyphs: its letters
 * @columns: cells in a line
 * @blocks_each: blocks in a cell
 * @to: the stream
 */
struct canvas {
	struct glyphs glyphs;
	size_t columns;
	size_t blocks_each;
	FILE *to;
};

static size_t first_of(const struct blocks *blocks, uint32_t pool)
{
	size_t i = 0;

	while (i < blocks->count && blocks->block[i].info.pool != pool)
		i++;
	return i;
}

static size_t end_of(const struct blocks *blocks, uint32_t pool, size_t i)
{
	while (i < blocks->count && blocks->block[i].info.pool == pool)
		i++;
	return i;
}

/* Powers of two, so that an address can be found. */
static size_t scale(size_t blocks, size_t columns)
{
	size_t each = 1;

	while (blocks > each * columns * LINES)
		each *= 2;
	return each;
}

static size_t columns_for(const struct screen *screen)
{
	size_t columns = 8;

	while (2 * columns + ADDRESS_WIDTH <= (size_t)screen->width)
		columns *= 2;
	return columns;
}

/* One line: until it is full, or there is a gap. */
static size_t print_line(struct canvas *canvas, const struct blocks *blocks, size_t i, size_t end)
{
	size_t column = 0;
	struct cell cell;

	fprintf(canvas->to, "  0x%010" PRIx64 "  ", blocks->block[i].info.phys);
	do {
		i += cell_sum(blocks, i, canvas->blocks_each, &cell);
		glyph_print(&canvas->glyphs, &cell, canvas->to);
	} while (++column < canvas->columns && i < end && block_continues(blocks, i));
	fputc('\n', canvas->to);
	return i;
}

void picture_print(const struct blocks *blocks, uint32_t pool, enum picture_subject subject,
		   const struct screen *screen, FILE *to)
{
	size_t i = first_of(blocks, pool);
	const size_t end = end_of(blocks, pool, i);
	struct canvas canvas = {
		.glyphs = { .subject = subject, .screen = screen },
		.columns = columns_for(screen),
		.to = to,
	};

	if (i == end)
		return;
	canvas.blocks_each = scale(end - i, canvas.columns);
	while (i < end)
		i = print_line(&canvas, blocks, i, end);
	fprintf(to, "  each is %s:",
		size_of_bytes((uint64_t)canvas.blocks_each * BLOCK_SIZE, false).text);
	glyph_print_legend(&canvas.glyphs, to);
}
