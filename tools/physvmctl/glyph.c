// SPDX-License-Identifier: GPL-2.0-only
#include "glyph.h"

#include "user.h"
#include "words.h"

#include <linux/physvm.h>

/**
 * struct glyph - how something looks
 * @ascii: everywhere
 * @unicode: where all characters can be shown
 * @colour: of ECMA-48, foreground
 * @meaning: for the legend
 */
struct glyph {
	const char *ascii;
	const char *unicode;
	int colour;
	const char *meaning;
};

static const struct glyph states[CELL_STATES] = {
	[CELL_QUARANTINED] = { "q", "?", 31, "quarantine" },
	[CELL_RESERVED] = { "r", "▒", 34, "reserved" },
	[CELL_FULL] = { "#", "█", 32, "full" },
	[CELL_HALF] = { "+", "▅", 32, "half used" },
	[CELL_SOME] = { "-", "▂", 32, "little used" },
	[CELL_DIRTY] = { ",", "░", 33, "free, dirty" },
	[CELL_CLEAN] = { ".", "·", 90, "free, clean" },
};

static const struct glyph caches[] = {
	[PHYSVM_CACHE_WB] = { "B", "B", 32, "write-back" },
	[PHYSVM_CACHE_WT] = { "T", "T", 33, "write-through" },
	[PHYSVM_CACHE_WC] = { "C", "C", 36, "write-combining" },
	[PHYSVM_CACHE_UC] = { "U", "U", 35, "uncached" },
};

#define NR_CACHES (sizeof(caches) / sizeof(caches[0]))

static const struct glyph nobody = { ".", "·", 90, "free" };
static const struct glyph others = { "*", "*", 31, "others" };

static void put(const struct screen *screen, const struct glyph *glyph, FILE *to)
{
	if (screen->colour)
		fprintf(to, "\033[%dm", glyph->colour);
	fputs(screen->unicode ? glyph->unicode : glyph->ascii, to);
	if (screen->colour)
		fputs("\033[0m", to);
}

static void put_state(struct glyphs *glyphs, const struct cell *cell, FILE *to)
{
	const enum cell_state state = cell_state(cell);
	struct glyph glyph = states[state];

	/* Memory in use has the colour of its cache mode. */
	if (state >= CELL_RESERVED && state <= CELL_SOME && cell->cache && cell->cache < NR_CACHES)
		glyph.colour = caches[cell->cache].colour;
	glyphs->states |= 1u << state;
	put(glyphs->screen, &glyph, to);
}

/* A block that is free keeps the mode it had until somebody wants another. */
static void put_cache(struct glyphs *glyphs, const struct cell *cell, FILE *to)
{
	if (cell->cache >= NR_CACHES || (!cell->used && cell->cache == PHYSVM_CACHE_WB)) {
		put(glyphs->screen, &nobody, to);
		return;
	}
	glyphs->caches |= 1u << cell->cache;
	put(glyphs->screen, &caches[cell->cache], to);
}

static unsigned int user_index(struct glyphs *glyphs, uint32_t uid)
{
	unsigned int i;

	for (i = 0; i < glyphs->nr_users; i++) {
		if (glyphs->users[i] == uid)
			return i;
	}
	if (i < GLYPH_USERS)
		glyphs->users[glyphs->nr_users++] = uid;
	return i;
}

static struct glyph user_glyph(unsigned int index, char letter[2])
{
	letter[0] = 'a' + index;
	letter[1] = '\0';
	return (struct glyph){ letter, letter, 31 + index % 6, NULL };
}

static void put_user(struct glyphs *glyphs, const struct cell *cell, FILE *to)
{
	struct glyph glyph = nobody;
	unsigned int index;
	char letter[2];

	if (cell->has_uid) {
		index = user_index(glyphs, cell->uid);
		glyph = index < GLYPH_USERS ? user_glyph(index, letter) : others;
		glyphs->crowded |= index == GLYPH_USERS;
	}
	put(glyphs->screen, &glyph, to);
}

void glyph_print(struct glyphs *glyphs, const struct cell *cell, FILE *to)
{
	switch (glyphs->subject) {
	case PICTURE_USE:
		put_state(glyphs, cell, to);
		break;
	case PICTURE_CACHE:
		put_cache(glyphs, cell, to);
		break;
	case PICTURE_USER:
		put_user(glyphs, cell, to);
		break;
	}
}

static void explain(const struct screen *screen, const struct glyph *glyph, FILE *to)
{
	fputs("  ", to);
	put(screen, glyph, to);
	fprintf(to, " %s", glyph->meaning);
}

static void explain_set(const struct glyphs *glyphs, const struct glyph *all, unsigned int count,
			unsigned int met, FILE *to)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (met >> i & 1)
			explain(glyphs->screen, &all[i], to);
	}
}

static void explain_users(const struct glyphs *glyphs, FILE *to)
{
	unsigned int i;
	char letter[2];

	for (i = 0; i < glyphs->nr_users; i++) {
		const struct user_text user = user_word(glyphs->users[i]);
		struct glyph glyph = user_glyph(i, letter);

		glyph.meaning = user.text;
		explain(glyphs->screen, &glyph, to);
	}
	if (glyphs->crowded)
		explain(glyphs->screen, &others, to);
}

void glyph_print_legend(const struct glyphs *glyphs, FILE *to)
{
	switch (glyphs->subject) {
	case PICTURE_USE:
		explain_set(glyphs, states, CELL_STATES, glyphs->states, to);
		break;
	case PICTURE_CACHE:
		explain(glyphs->screen, &nobody, to);
		explain_set(glyphs, caches, NR_CACHES, glyphs->caches, to);
		break;
	case PICTURE_USER:
		explain(glyphs->screen, &nobody, to);
		explain_users(glyphs, to);
		break;
	}
	fputc('\n', to);
}
