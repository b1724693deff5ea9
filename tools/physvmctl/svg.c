// SPDX-License-Identifier: GPL-2.0-only
#include "svg.h"

#include "cell.h"
#include "size.h"
#include "user.h"
#include "words.h"

#include <inttypes.h>
#include <linux/physvm.h>

#define COLUMNS 64
#define CELL_SIZE 12
#define LEFT 130
#define TOP 30
#define CELLS_MAX 8192
#define LEGEND_WIDTH 110

static const char *const state_colours[CELL_STATES] = {
	[CELL_QUARANTINED] = "#d62728",
	[CELL_RESERVED] = "#1f77b4",
	[CELL_FULL] = "#2ca02c",
	[CELL_HALF] = "#2ca02c",
	[CELL_SOME] = "#2ca02c",
	[CELL_DIRTY] = "#e8d9b0",
	[CELL_CLEAN] = "#f4f4f4",
};

static const char *const cache_colours[] = {
	[PHYSVM_CACHE_WB] = "#2ca02c",
	[PHYSVM_CACHE_WT] = "#bcbd22",
	[PHYSVM_CACHE_WC] = "#17becf",
	[PHYSVM_CACHE_UC] = "#9467bd",
};

static const char *const user_colours[] = {
	"#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd",
	"#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void svg_escape(const char *text, FILE *to)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", to);
			break;
		case '>':
			fputs("&gt;", to);
			break;
		case '&':
			fputs("&amp;", to);
			break;
		case '"':
			fputs("&quot;", to);
			break;
		default:
			fputc(*text, to);
		}
	}
}

static const char *colour_of(const struct cell *cell, enum picture_subject subject)
{
	if (subject == PICTURE_USE || !cell->used)
		return state_colours[cell_state(cell)];
	if (subject == PICTURE_CACHE)
		return cache_colours[cell->cache % COUNT(cache_colours)];
	return user_colours[cell->uid % COUNT(user_colours)];
}

static void print_rect(int x, int y, int width, int height, const char *colour, FILE *to)
{
	fprintf(to, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>", x, y,
		width, height, colour);
}

/* What appears when the pointer rests on a cell. */
static void print_title(const struct cell *cell, FILE *to)
{
	fprintf(to, "<title>0x%" PRIx64 ": %s, %" PRIu32 " free, %" PRIu32 " dirty, %" PRIu32
		" used, %" PRIu32 " quarantined", cell->phys, cache_word(cell->cache),
		cell->free, cell->dirty, cell->used, cell->quarantined);
	if (cell->has_uid) {
		fputs(", ", to);
		svg_escape(user_word(cell->uid).text, to);
	}
	fputs("</title>", to);
}

/* Something that is used is seen. */
static int used_height(const struct cell *cell, int side)
{
	return cell->used ? 1 + (int)((uint64_t)(side - 1) * cell->used / cell->pages) : 0;
}

/* The part in use stands on the ground of what is free. */
static void print_cell(const struct cell *cell, enum picture_subject subject, int x, int y,
		       FILE *to)
{
	const int side = CELL_SIZE - 1;
	const int used = used_height(cell, side);
	const struct cell ground = { .pages = cell->pages, .dirty = cell->dirty };
	const struct cell *below = cell->used ? &ground : cell;

	fputs("<g>", to);
	print_title(cell, to);
	print_rect(x, y, side, side, state_colours[cell_state(below)], to);
	if (used)
		print_rect(x, y + side - used, side, used, colour_of(cell, subject), to);
	fputs("</g>\n", to);
}

static void print_text(int x, int y, const char *text, FILE *to)
{
	fprintf(to, "<text x=\"%d\" y=\"%d\">", x, y);
	svg_escape(text, to);
	fputs("</text>\n", to);
}

static void print_address(const struct cell *cell, int y, FILE *to)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%010" PRIx64, cell->phys);
	print_text(10, y + CELL_SIZE - 2, text, to);
}

static size_t scale(const struct blocks *blocks)
{
	size_t each = 1;

	while (blocks->count / each > CELLS_MAX)
		each *= 2;
	return each;
}

/* Walks over the cells, and draws them unless @to is NULL. How many lines there are. */
static int draw(const struct blocks *blocks, enum picture_subject subject, FILE *to)
{
	const size_t each = scale(blocks);
	int line = 0, column = 0;
	struct cell cell;
	size_t i = 0;

	while (i < blocks->count) {
		const bool new_line = i && (column == COLUMNS || !block_continues(blocks, i));

		if (new_line)
			line++;
		column = new_line ? 0 : column;
		i += cell_sum(blocks, i, each, &cell);
		if (to && !column)
			print_address(&cell, TOP + line * CELL_SIZE, to);
		if (to)
			print_cell(&cell, subject, LEFT + column * CELL_SIZE,
				   TOP + line * CELL_SIZE, to);
		column++;
	}
	return blocks->count ? line + 1 : 0;
}

static void print_key(int *x, int y, const char *colour, const char *meaning, FILE *to)
{
	print_rect(*x, y, CELL_SIZE - 1, CELL_SIZE - 1, colour, to);
	print_text(*x + CELL_SIZE + 4, y + CELL_SIZE - 2, meaning, to);
	*x += LEGEND_WIDTH;
}

static void print_legend(enum picture_subject subject, int y, FILE *to)
{
	unsigned int cache;
	int x = LEFT;

	print_key(&x, y, state_colours[CELL_CLEAN], "free, clean", to);
	print_key(&x, y, state_colours[CELL_DIRTY], "free, dirty", to);
	print_key(&x, y, state_colours[CELL_QUARANTINED], "quarantine", to);
	if (subject == PICTURE_USE) {
		print_key(&x, y, state_colours[CELL_FULL], "used", to);
		print_key(&x, y, state_colours[CELL_RESERVED], "reserved", to);
	}
	for (cache = 0; subject == PICTURE_CACHE && cache < COUNT(cache_colours); cache++)
		print_key(&x, y, cache_colours[cache], cache_word(cache), to);
}

void svg_print(const struct blocks *blocks, enum picture_subject subject, FILE *to)
{
	const int lines = draw(blocks, subject, NULL);
	const int width = LEFT + COLUMNS * CELL_SIZE + 10;
	const int height = TOP + lines * CELL_SIZE + 40;
	char title[64];

	fprintf(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\" font-family=\"monospace\" font-size=\"11\">\n"
		"<title>physvm</title>\n", width, height, width, height);
	print_rect(0, 0, width, height, "#ffffff", to);
	snprintf(title, sizeof(title), "physvm: %zu blocks, each cell is %s", blocks->count,
		 size_of_bytes((uint64_t)scale(blocks) * BLOCK_SIZE, false).text);
	print_text(10, 18, title, to);
	draw(blocks, subject, to);
	print_legend(subject, TOP + lines * CELL_SIZE + 15, to);
	fputs("</svg>\n", to);
}
