/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words for the numbers of the interface.
 */
#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>
#include <stdint.h>

/* A number newer than this program is "?". */
const char *pool_word(uint32_t kind);
const char *cache_word(uint32_t cache);
const char *type_word(uint32_t type);
const char *account_word(uint32_t account);
const char *event_word(uint32_t event);
const char *failure_word(uint32_t cause);

struct prot_text {
	char text[4];
};

/* "rw-" */
struct prot_text prot_word(uint32_t prot);

bool parse_pool(const char *word, uint32_t *kind);

#endif
