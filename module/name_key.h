/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_NAME_KEY_H
#define PHYSVM_NAME_KEY_H

#include "../uapi/physvm.h"

/**
 * struct physvm_name_key - What all spellings of a name have in common
 * @length: bytes
 * @folded: the name without case, not terminated
 */
struct physvm_name_key {
	unsigned int length;
	u8 folded[];
};

int name_key_init(void);
void name_key_exit(void);
bool name_key_is_unicode(void);

struct physvm_name_key *name_key_make(const u8 name[PHYSVM_NAME_SIZE]);
int name_key_compare(const struct physvm_name_key *a, const struct physvm_name_key *b);

#endif
