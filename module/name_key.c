// SPDX-License-Identifier: GPL-2.0-only
/*
 * The keys of names: what is a name, and which names are the same. The kernel's
 * tables of Unicode are those of its file systems that ignore case.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unicode.h>

#include "name_key.h"

/* Nothing grows by more than that: a letter of two bytes with two accents. */
#define FOLDED_SIZE (3 * (PHYSVM_NAME_SIZE - 1) + 1)

/* What all kernels have, so that the same names are the same with each. */
#define UNICODE_VERSION UNICODE_AGE(12, 1, 0)

/* NULL: letters are A to Z. Constant once the module is there. */
static struct unicode_map *map;

#if IS_ENABLED(CONFIG_UNICODE)

/**
 * name_key_init() - Get the tables
 *
 * Return: 0 or -ENOMEM. A kernel whose tables are a module that is not there is
 * as one without them.
 */
int name_key_init(void)
{
	map = utf8_load(UNICODE_VERSION);
	if (!IS_ERR(map))
		return 0;
	if (PTR_ERR(map) == -ENOMEM)
		return -ENOMEM;
	pr_info("no tables of Unicode: names tell the case of all letters but A to Z\n");
	map = NULL;
	return 0;
}

void name_key_exit(void)
{
	utf8_unload(map);
}

static int fold_unicode(const u8 *name, size_t length, u8 *folded)
{
	const struct qstr text = QSTR_INIT(name, length);
	const int result = utf8_casefold(map, &text, folded, FOLDED_SIZE);

	return result < 0 ? -EILSEQ : result;
}

#else

int name_key_init(void)
{
	return 0;
}

void name_key_exit(void)
{
}

static int fold_unicode(const u8 *name, size_t length, u8 *folded)
{
	return -EILSEQ;
}

#endif

bool name_key_is_unicode(void)
{
	return map;
}

static int fold_ascii(const u8 *name, size_t length, u8 *folded)
{
	size_t i;

	for (i = 0; i < length; i++)
		folded[i] = name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20 : name[i];
	return length;
}

/* What is a name. */

/* Bytes of a character that begins with @byte; 0 if none does. */
static unsigned int character_bytes(u8 byte)
{
	if (byte < 0x80)
		return 1;
	if (byte < 0xc2)
		return 0;
	return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf5 ? 4 : 0;
}

/* The first that needs so many bytes: one with fewer must not take them. */
static const u32 first_of[] = { 0, 0, 0x80, 0x800, 0x10000 };

static bool is_control(u32 character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

static bool is_character(u32 character, unsigned int bytes)
{
	const bool surrogate = character >= 0xd800 && character < 0xe000;

	return character >= first_of[bytes] && character <= 0x10ffff && !surrogate &&
	       !is_control(character);
}

/* The bytes of the character there, or 0. The NUL behind the name ends all. */
static unsigned int check_character(const u8 *at)
{
	const unsigned int bytes = character_bytes(*at);
	u32 character = bytes > 1 ? *at & (0x7f >> bytes) : *at;
	unsigned int i;

	if (!bytes)
		return 0;
	for (i = 1; i < bytes; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (at[i] & 0x3f);
	}
	return is_character(character, bytes) ? bytes : 0;
}

/* Its length, or an error. */
static int check(const u8 name[PHYSVM_NAME_SIZE])
{
	const size_t length = strnlen(name, PHYSVM_NAME_SIZE);
	unsigned int bytes;
	size_t at;

	if (!length || length == PHYSVM_NAME_SIZE ||
	    memchr_inv(name + length, 0, PHYSVM_NAME_SIZE - length))
		return -EINVAL;
	for (at = 0; at < length; at += bytes) {
		bytes = check_character(name + at);
		if (!bytes)
			return -EILSEQ;
	}
	return length;
}

static struct physvm_name_key *new_key(const u8 *folded, unsigned int length)
{
	struct physvm_name_key *key = kmalloc(struct_size(key, folded, length), GFP_KERNEL_ACCOUNT);

	if (!key)
		return ERR_PTR(-ENOMEM);
	key->length = length;
	memcpy(key->folded, folded, length);
	return key;
}

/**
 * name_key_make() - Make the key of a name
 * @name: as the user gave it
 *
 * Return: the key, to be given to kfree(), or an error pointer: EINVAL, EILSEQ,
 * ENOMEM.
 */
struct physvm_name_key *name_key_make(const u8 name[PHYSVM_NAME_SIZE])
{
	u8 folded[FOLDED_SIZE];
	int length = check(name);

	if (length > 0)
		length = map ? fold_unicode(name, length, folded) :
			       fold_ascii(name, length, folded);
	if (length < 0)
		return ERR_PTR(length);
	/* Some characters cannot be seen and do not count. */
	return length ? new_key(folded, length) : ERR_PTR(-EINVAL);
}

/* As memcmp(). */
int name_key_compare(const struct physvm_name_key *a, const struct physvm_name_key *b)
{
	return memcmp(a->folded, b->folded, min(a->length, b->length)) ?:
	       (int)a->length - (int)b->length;
}
