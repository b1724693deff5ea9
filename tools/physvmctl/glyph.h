/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Letters of a picture, and what they mean.
 */
#ifndef GLYPH_H
#define GLYPH_H

#include "cell.h"
#include "picture.h"

/* More users than that are all "*". */
#define GLYPH_USERS 26

/**
 * struct glyphs - letters for one picture
 * @subject: what it is about
 * @screen: what shows it
 * @users: those that have a letter, in the order they were met
 * @nr_users: how many
 * @states: set of enum cell_state that were met
 * @caches: set of enum physvm_cache that were met
 * @crowded: a user was met that has no letter
 */
struct glyphs {
	enum picture_subject subject;
	const struct screen *screen;
	uint32_t users[GLYPH_USERS];
	unsigned int nr_users;
	unsigned int states;
	unsigned int caches;
	bool crowded;
};

void glyph_print(struct glyphs *glyphs, const struct cell *cell, FILE *to);

/* What was met. */
void glyph_print_legend(const struct glyphs *glyphs, FILE *to);

#endif
