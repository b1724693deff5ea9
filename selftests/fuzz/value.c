// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values: which are interesting for what, and what they look like in writing.
 */
#include <fcntl.h>
#include <linux/mman.h>
#include <linux/netlink.h>
#include <linux/physvm.h>
#include <linux/physvm_netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "call.h"
#include "value.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct word {
	const char *name;
	uint64_t number;
};

static const struct word alloc_flags[] = {
	{ "map", PHYSVM_ALLOC_MAP }, { "fd", PHYSVM_ALLOC_FD },
	{ "commit", PHYSVM_ALLOC_COMMIT }, { "populate", PHYSVM_ALLOC_POPULATE },
	{ "phys", PHYSVM_ALLOC_PHYS }, { "virt", PHYSVM_ALLOC_VIRT },
	{ "contig", PHYSVM_ALLOC_CONTIG }, { "low_guard", PHYSVM_ALLOC_LOW_GUARD },
	{ "high_guard", PHYSVM_ALLOC_HIGH_GUARD }, { "grow_down", PHYSVM_ALLOC_GROW_DOWN },
	{ "dontfork", PHYSVM_ALLOC_DONTFORK }, { "noreserve", PHYSVM_ALLOC_NORESERVE },
	{ "hidden", PHYSVM_ALLOC_HIDDEN }, { "device", PHYSVM_ALLOC_DEVICE },
	{ "paged", PHYSVM_ALLOC_PAGED }, { "file", PHYSVM_ALLOC_FILE },
	{ "carve", PHYSVM_ALLOC_CARVE }, { "below_2g", PHYSVM_ALLOC_BELOW_2G }, {}
};

static const struct word export_flags[] = { { "fd", PHYSVM_EXPORT_FD }, {} };

static const struct word add_flags[] = {
	{ "fd", PHYSVM_NAME_FD }, { "unique", PHYSVM_NAME_UNIQUE }, {}
};

static const struct word open_flags[] = { { "excl", PHYSVM_NAME_EXCL }, {} };

static const struct word remove_flags[] = {
	{ "fd", PHYSVM_NAME_FD }, { "addr", PHYSVM_NAME_ADDR }, {}
};

static const struct word where_flags[] = {
	{ "virt", PHYSVM_ALLOC_VIRT }, { "carve", PHYSVM_ALLOC_CARVE },
	{ "below_2g", PHYSVM_ALLOC_BELOW_2G }, {}
};

static const struct word region_flags[] = { { "frames", PHYSVM_REGION_FRAMES }, {} };

static const struct word place_flags[] = { { "at", PHYSVM_REGION_AT }, {} };

static const struct word free_flags[] = { { "all", PHYSVM_REGION_FREE_ALL }, {} };

static const struct word serve_flags[] = { { "wait", PHYSVM_SERVE_WAIT }, {} };

static const struct word actions[] = {
	{ "copy", PHYSVM_ANSWER_COPY }, { "zero", PHYSVM_ANSWER_ZERO },
	{ "move", PHYSVM_ANSWER_MOVE }, { "fail", PHYSVM_ANSWER_FAIL },
	{ "evict", PHYSVM_ANSWER_EVICT }, {}
};

static const struct word nl_commands[] = {
	{ "pool_get", PHYSVM_NL_CMD_POOL_GET }, { "pool_set", PHYSVM_NL_CMD_POOL_SET },
	{ "pool_grow", PHYSVM_NL_CMD_POOL_GROW }, { "pool_shrink", PHYSVM_NL_CMD_POOL_SHRINK },
	{ "block_get", PHYSVM_NL_CMD_BLOCK_GET }, { "area_get", PHYSVM_NL_CMD_AREA_GET },
	{ "mapping_get", PHYSVM_NL_CMD_MAPPING_GET }, { "name_get", PHYSVM_NL_CMD_NAME_GET },
	{ "name_remove", PHYSVM_NL_CMD_NAME_REMOVE }, { "region_get", PHYSVM_NL_CMD_REGION_GET },
	{ "limit_get", PHYSVM_NL_CMD_LIMIT_GET }, { "limit_set", PHYSVM_NL_CMD_LIMIT_SET },
	{ "stats_get", PHYSVM_NL_CMD_STATS_GET }, { "event", PHYSVM_NL_CMD_EVENT }, {}
};

static const struct word nl_flags[] = {
	{ "dump", NLM_F_DUMP }, { "ack", NLM_F_ACK }, { "echo", NLM_F_ECHO },
	{ "atomic", NLM_F_ATOMIC }, {}
};

static const struct word commit_flags[] = { { "populate", PHYSVM_COMMIT_POPULATE }, {} };

static const struct word prots[] = {
	{ "r", PROT_READ }, { "w", PROT_WRITE }, { "x", PROT_EXEC }, {}
};

static const struct word caches[] = {
	{ "wb", PHYSVM_CACHE_WB }, { "wt", PHYSVM_CACHE_WT }, { "wc", PHYSVM_CACHE_WC },
	{ "uc", PHYSVM_CACHE_UC }, {}
};

static const struct word map_flags[] = {
	{ "shared", MAP_SHARED }, { "private", MAP_PRIVATE }, { "fixed", MAP_FIXED },
	{ "fixed_noreplace", MAP_FIXED_NOREPLACE }, { "populate", MAP_POPULATE },
	{ "nonblock", MAP_NONBLOCK }, { "locked", MAP_LOCKED }, { "anonymous", MAP_ANONYMOUS },
	{ "noreserve", MAP_NORESERVE }, {}
};

static const struct word remap_flags[] = {
	{ "maymove", MREMAP_MAYMOVE }, { "fixed", MREMAP_FIXED },
	{ "dontunmap", MREMAP_DONTUNMAP }, {}
};

/* Not the two that break pages for good: hwpoison and soft_offline. */
static const struct word advices[] = {
	{ "normal", MADV_NORMAL }, { "random", MADV_RANDOM }, { "sequential", MADV_SEQUENTIAL },
	{ "willneed", MADV_WILLNEED }, { "dontneed", MADV_DONTNEED }, { "free", MADV_FREE },
	{ "remove", MADV_REMOVE }, { "dontfork", MADV_DONTFORK }, { "dofork", MADV_DOFORK },
	{ "mergeable", MADV_MERGEABLE }, { "unmergeable", MADV_UNMERGEABLE },
	{ "hugepage", MADV_HUGEPAGE }, { "nohugepage", MADV_NOHUGEPAGE },
	{ "dontdump", MADV_DONTDUMP }, { "dodump", MADV_DODUMP },
	{ "wipeonfork", MADV_WIPEONFORK }, { "keeponfork", MADV_KEEPONFORK },
	{ "cold", MADV_COLD }, { "pageout", MADV_PAGEOUT },
	{ "populate_read", MADV_POPULATE_READ }, { "populate_write", MADV_POPULATE_WRITE },
	{ "collapse", 25 }, {}
};

static const struct word sync_flags[] = {
	{ "async", MS_ASYNC }, { "invalidate", MS_INVALIDATE }, { "sync", MS_SYNC }, {}
};

static const struct word splice_flags[] = {
	{ "move", SPLICE_F_MOVE }, { "more", SPLICE_F_MORE }, { "gift", SPLICE_F_GIFT }, {}
};

static const struct word commands[] = {
	{ "info", PHYSVM_INFO }, { "pool_stat", PHYSVM_POOL_STAT },
	{ "pool_range", PHYSVM_POOL_RANGE }, { "alloc", PHYSVM_ALLOC },
	{ "commit", PHYSVM_COMMIT }, { "decommit", PHYSVM_DECOMMIT },
	{ "protect_check", PHYSVM_PROTECT_CHECK }, { "unmap", PHYSVM_UNMAP },
	{ "query", PHYSVM_QUERY }, { "export", PHYSVM_EXPORT }, { "claim", PHYSVM_CLAIM },
	{ "name_add", PHYSVM_NAME_ADD }, { "name_open", PHYSVM_NAME_OPEN },
	{ "name_remove", PHYSVM_NAME_REMOVE }, { "name_next", PHYSVM_NAME_NEXT },
	{ "map", PHYSVM_MAP }, { "reserve", PHYSVM_RESERVE }, { "region", PHYSVM_REGION },
	{ "region_alloc", PHYSVM_REGION_ALLOC }, { "region_free", PHYSVM_REGION_FREE },
	{ "region_stat", PHYSVM_REGION_STAT }, { "pager", PHYSVM_PAGER },
	{ "serve", PHYSVM_SERVE }, {}
};

static const struct word file_calls[] = {
	{ "stat", FILE_STAT }, { "truncate", FILE_TRUNCATE }, { "fallocate", FILE_FALLOCATE },
	{ "seek", FILE_SEEK }, { "read", FILE_READ }, { "write", FILE_WRITE },
	{ "sync", FILE_SYNC }, { "chmod", FILE_CHMOD }, { "reopen", FILE_REOPEN },
	{ "flock", FILE_FLOCK }, { "seals", FILE_SEALS }, { "readahead", FILE_READAHEAD },
	{ "sendfile", FILE_SENDFILE }, { "setfl", FILE_SETFL }, { "punch_hole", FILE_PUNCH_HOLE },
	{ "poll", FILE_POLL }, {}
};

static const struct word proc_files[] = {
	{ "maps", PROC_MAPS }, { "smaps", PROC_SMAPS }, { "numa_maps", PROC_NUMA_MAPS },
	{ "pagemap", PROC_PAGEMAP }, { "clear_refs", PROC_CLEAR_REFS },
	{ "soft_dirty", PROC_SOFT_DIRTY }, { "oom_score", PROC_OOM_SCORE }, {}
};

static const struct word users[] = { { "root", 0 }, { "nobody", 65534 }, { "other", 1000 }, {} };

static const uint64_t lengths[] = {
	PAGE, PAGE, PAGE, 2 * PAGE, 3 * PAGE, 16 * PAGE, 17 * PAGE, 100 * PAGE,
	BLOCK - PAGE, BLOCK, BLOCK, BLOCK, BLOCK + PAGE, 2 * BLOCK, 2 * BLOCK + 5 * PAGE,
	3 * BLOCK, 5 * BLOCK, 8 * BLOCK, 8 * BLOCK + PAGE, BLOCK / 2,
};

static const uint64_t strange_lengths[] = {
	0, 1, PAGE - 1, PAGE + 1, BLOCK - 1, BLOCK + 8, 1ull << 32, 1ull << 40, 1ull << 47,
	1ull << 63, -PAGE, -1ull, -BLOCK, 0x7ffffffff000,
};

static const uint64_t steps[] = {
	0, 0, 0, 0, PAGE, PAGE, -PAGE, 2 * PAGE, -2 * PAGE, 5 * PAGE, 15 * PAGE, 16 * PAGE,
	17 * PAGE, 511 * PAGE, BLOCK, BLOCK, -BLOCK, BLOCK + PAGE, BLOCK - PAGE, 2 * BLOCK,
	1, 8, -1, -8, PAGE - 8, PAGE / 2,
};

static const uint64_t strange_addresses[] = {
	0, 8, PAGE, 0x7ffffffff000, 0x7fffffffe000, 0x800000000000, 0xffff800000000000,
	0xffffffffff600000, -PAGE, -8ull, 0x00ffffffffffff00,
};

/* Bit 62 is the module's own, see mapping.c. */
static const uint64_t offsets[] = {
	0, 0, 0, 0, PAGE, 2 * PAGE, 16 * PAGE, BLOCK - PAGE, BLOCK, BLOCK + PAGE, 1,
	1ull << 62, 1ull << 62 | BLOCK, 1ull << 62 | (BLOCK - PAGE), 1ull << 62 | 2 * BLOCK,
	1ull << 63, -PAGE, 1ull << 44, 0x7ffffffffffff000,
};

/* The last make a struct end on, or reach over, the end of mapped memory. */
static const uint64_t structs[] = {
	0, 0, 0, 0, 0, 0, 0, 8, 0xffff800000000000, -8ull, EDGE - 4, EDGE - 8, EDGE - 24,
	EDGE - 32, EDGE - 56, EDGE - 64, EDGE - 40,
};

static const uint64_t extras[] = {
	0, 0, 0, 0, 0, 8, 4, 64, 4096, -4ull, -8ull, -16ull, -32ull, -64ull, -100ull,
	1ull << 31, 1ull << 20,
};
static const uint64_t smalls[] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x80000000, 0xffffffff };
static const uint64_t bools[] = { 0, 1 };
/* Which text, see name_calls.c, and the last not quite that. */
static const uint64_t names[] = {
	0, 0, 0, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0x1ff, 0x8002,
};
static const uint64_t modes[] = { 0600, 0600, 0644, 0666, 0777, 0, 0444, 0222, 01000, -1ull };
static const uint64_t counts[] = { 1, 1, 1, 2, 16, 17, 64, 512, 600, 1024 };
static const uint64_t segment_counts[] = { 0, 0, 0, 1, 2, 3, 17, 200, 1024, 1025, -1u };

/* Where no machine has anything, see reserve_calls.c; the last are no addresses. */
static const uint64_t claims[] = {
	CLAIM_BASE, CLAIM_BASE, CLAIM_BASE + PAGE, CLAIM_BASE + BLOCK, CLAIM_BASE + 7 * BLOCK,
	CLAIM_BASE + 1, -PAGE, 1ull << 52,
};

static const uint64_t guards[] = { 0, 0, 0, 1, 1, 2, 16, 512, 1ull << 32, 1ull << 63 };
static const uint64_t alignments[] = { 12, 12, 12, 13, 14, 16, 21, 21, 21, 22, 30, 47, 63, 64, 0 };
static const uint64_t timeouts[] = { 1, 1, 2, 5, 20 };
static const uint64_t few[] = { 1, 1, 1, 0, 0, 2, 3, 8, 16 };
static const uint64_t nl_attrs[] = {
	1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 40, 0, 0x8001, 0x4001,
};

/* The bits from 16 on make the attribute's length differ from that. */
static const uint64_t nl_sizes[] = {
	4, 4, 4, 8, 8, 8, 0, 1, 5, 9, 256, 300, 0x10004, 0xff0008, 0x400004,
};

/* A name is among them, see name_calls.c. */
static const uint64_t nl_values[] = {
	0, 0, 1, 1, 2, BLOCK, BLOCK - 1, 65534, 1000, 0x656d616e, -1ull, 1ull << 63, 0xffffffff,
};

static const uint64_t nths[] = { 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30 };

struct type {
	const struct word *words;
	bool bits;		/* words are or-ed */
	const uint64_t *numbers;
	unsigned int nr_numbers;
};

#define NUMBERS(array) { .numbers = array, .nr_numbers = COUNT(array) }
#define WORDS(array) { .words = array }
#define BITS(array) { .words = array, .bits = true }

static const struct type types[NR_TYPES] = {
	[TYPE_LENGTH] = NUMBERS(lengths),
	[TYPE_ADDR] = NUMBERS(strange_addresses),
	[TYPE_PHYS] = NUMBERS(strange_addresses),
	[TYPE_OFFSET] = NUMBERS(offsets),
	[TYPE_STRUCT] = NUMBERS(structs),
	[TYPE_EXTRA] = NUMBERS(extras),
	[TYPE_SMALL] = NUMBERS(smalls),
	[TYPE_BOOL] = NUMBERS(bools),
	[TYPE_COUNT] = NUMBERS(counts),
	[TYPE_SEGMENTS] = NUMBERS(segment_counts),
	[TYPE_AREA] = NUMBERS(bools),
	[TYPE_CLAIM] = NUMBERS(claims),
	[TYPE_GUARD] = NUMBERS(guards),
	[TYPE_ALIGNMENT] = NUMBERS(alignments),
	[TYPE_TIMEOUT] = NUMBERS(timeouts),
	[TYPE_FEW] = NUMBERS(few),
	[TYPE_NL_ATTR] = NUMBERS(nl_attrs),
	[TYPE_NL_SIZE] = NUMBERS(nl_sizes),
	[TYPE_NL_VALUE] = NUMBERS(nl_values),
	[TYPE_NTH] = NUMBERS(nths),
	[TYPE_COMMAND] = WORDS(commands),
	[TYPE_ALLOC_FLAGS] = BITS(alloc_flags),
	[TYPE_COMMIT_FLAGS] = BITS(commit_flags),
	[TYPE_EXPORT_FLAGS] = BITS(export_flags),
	[TYPE_ADD_FLAGS] = BITS(add_flags),
	[TYPE_OPEN_FLAGS] = BITS(open_flags),
	[TYPE_REMOVE_FLAGS] = BITS(remove_flags),
	[TYPE_WHERE_FLAGS] = BITS(where_flags),
	[TYPE_REGION_FLAGS] = BITS(region_flags),
	[TYPE_PLACE_FLAGS] = BITS(place_flags),
	[TYPE_FREE_FLAGS] = BITS(free_flags),
	[TYPE_SERVE_FLAGS] = BITS(serve_flags),
	[TYPE_ACTION] = WORDS(actions),
	[TYPE_NL_COMMAND] = WORDS(nl_commands),
	[TYPE_NL_FLAGS] = BITS(nl_flags),
	[TYPE_NAME] = NUMBERS(names),
	[TYPE_MODE] = NUMBERS(modes),
	[TYPE_PROT] = BITS(prots),
	[TYPE_CACHE] = WORDS(caches),
	[TYPE_MAP_FLAGS] = BITS(map_flags),
	[TYPE_REMAP_FLAGS] = BITS(remap_flags),
	[TYPE_ADVICE] = WORDS(advices),
	[TYPE_SYNC_FLAGS] = BITS(sync_flags),
	[TYPE_SPLICE_FLAGS] = BITS(splice_flags),
	[TYPE_FILE_CALL] = WORDS(file_calls),
	[TYPE_PROC_FILE] = WORDS(proc_files),
	[TYPE_USER] = WORDS(users),
};

/* What an argument is that is not written down. */
struct value value_default(enum value_type type)
{
	switch (type) {
	case TYPE_REGION:
	case TYPE_ADDR:
		return (struct value){ .base = BASE_REGION };
	case TYPE_NEW_FD:
		return (struct value){ .base = BASE_FD, .slot = SLOTS - 1 };
	case TYPE_FD:
		return (struct value){ .base = BASE_FD };
	case TYPE_LENGTH:
		return (struct value){ .number = PAGE };
	case TYPE_AREA:
		return (struct value){ .base = BASE_AREA };
	case TYPE_CLAIM:
		return (struct value){ .number = CLAIM_BASE };
	case TYPE_ALIGNMENT:
		return (struct value){ .number = 12 };
	case TYPE_NL_SIZE:
		return (struct value){ .number = 4 };
	case TYPE_COUNT:
	case TYPE_FEW:
	case TYPE_TIMEOUT:
	case TYPE_ACTION:
	case TYPE_NL_COMMAND:
	case TYPE_NTH:
		return (struct value){ .number = 1 };
	case TYPE_MODE:
		return (struct value){ .number = 0600 };
	default:
		return (struct value){};
	}
}

bool value_equal(const struct value *a, const struct value *b)
{
	return a->base == b->base && a->slot == b->slot && a->number == b->number;
}

/* Drawing. */

static uint64_t draw(struct rng *rng, const uint64_t *numbers, unsigned int count)
{
	return numbers[rng_below(rng, count)];
}

#define DRAW(rng, array) draw(rng, array, COUNT(array))

static unsigned int nr_words(const struct type *type)
{
	unsigned int n = 0;

	while (type->words[n].name)
		n++;
	return n;
}

static uint64_t draw_bits(struct rng *rng, const struct type *type)
{
	const unsigned int rare = 2 + rng_below(rng, 4);
	uint64_t number = 0;
	const struct word *word;

	for (word = type->words; word->name; word++)
		if (rng_one_in(rng, rare))
			number |= word->number;
	if (rng_one_in(rng, 40))
		number |= 1ull << rng_below(rng, 32);
	return number;
}

static uint64_t draw_word(struct rng *rng, const struct type *type)
{
	if (rng_one_in(rng, 40))
		return rng_below(rng, 300);
	return type->words[rng_below(rng, nr_words(type))].number;
}

static struct value draw_near(struct rng *rng, uint8_t base)
{
	struct value value = { .base = base, .slot = rng_below(rng, SLOTS / 2) };

	if (rng_one_in(rng, 5))
		value.slot = rng_below(rng, SLOTS);
	value.number = DRAW(rng, steps);
	if (base != BASE_END && rng_one_in(rng, 5))
		value.number = rng_below(rng, 3 * BLOCK / PAGE) * PAGE;
	return value;
}

static struct value draw_address(struct rng *rng)
{
	if (rng_one_in(rng, 30))
		return (struct value){ .number = DRAW(rng, strange_addresses) };
	if (rng_one_in(rng, 5)) {
		struct value value = draw_near(rng, BASE_END);

		value.number = -(value.number & 0xffffff);
		return value;
	}
	return draw_near(rng, BASE_REGION);
}

static struct value draw_physical(struct rng *rng)
{
	if (rng_one_in(rng, 20))
		return (struct value){ .number = DRAW(rng, strange_addresses) };
	return draw_near(rng, BASE_PHYS);
}

static struct value draw_length(struct rng *rng)
{
	if (rng_one_in(rng, 15))
		return (struct value){ .number = DRAW(rng, strange_lengths) };
	if (rng_one_in(rng, 4))
		return (struct value){ .number = (1 + rng_below(rng, 40)) * PAGE };
	return (struct value){ .number = DRAW(rng, lengths) };
}

static struct value draw_struct(struct rng *rng)
{
	if (rng_one_in(rng, 12))
		return draw_near(rng, BASE_REGION);
	return (struct value){ .number = rng_one_in(rng, 3) ? DRAW(rng, structs) : 0 };
}

static struct value draw_area(struct rng *rng)
{
	struct value value = draw_near(rng, BASE_AREA);

	value.number = 0;
	return value;
}

static struct value draw_simple(struct rng *rng, const struct type *type)
{
	if (type->numbers)
		return (struct value){ .number = draw(rng, type->numbers, type->nr_numbers) };
	return (struct value){ .number = type->bits ? draw_bits(rng, type) :
						      draw_word(rng, type) };
}

struct value value_random(struct rng *rng, enum value_type type)
{
	switch (type) {
	case TYPE_REGION:
		return (struct value){ .base = BASE_REGION, .slot = rng_below(rng, SLOTS) };
	case TYPE_NEW_FD:
	case TYPE_FD:
		return (struct value){ .base = BASE_FD, .slot = rng_below(rng, SLOTS) };
	case TYPE_ADDR:
		return draw_address(rng);
	case TYPE_LENGTH:
		return draw_length(rng);
	case TYPE_PHYS:
		return draw_physical(rng);
	case TYPE_STRUCT:
		return draw_struct(rng);
	case TYPE_AREA:
		return rng_one_in(rng, 20) ? draw_simple(rng, &types[type]) : draw_area(rng);
	case TYPE_NL_VALUE:
		if (rng_one_in(rng, 4))
			return (struct value){ .base = BASE_FD };
		return rng_one_in(rng, 4) ? draw_area(rng) : draw_simple(rng, &types[type]);
	default:
		return draw_simple(rng, &types[type]);
	}
}

static void change_bit(struct rng *rng, const struct type *type, struct value *value)
{
	value->number ^= type->words[rng_below(rng, nr_words(type))].number;
}

/* A little different from before. */
void value_tweak(struct rng *rng, enum value_type type, struct value *value)
{
	const bool number = type == TYPE_ADDR || type == TYPE_LENGTH || type == TYPE_PHYS;

	if (types[type].bits && !rng_one_in(rng, 4))
		change_bit(rng, &types[type], value);
	else if (number && rng_one_in(rng, 2))
		value->number += DRAW(rng, steps);
	else if (value->base && rng_one_in(rng, 3))
		value->slot = rng_below(rng, SLOTS);
	else
		*value = value_random(rng, type);
}

/* Writing. */

static void print_number(FILE *out, uint64_t number, bool plus)
{
	const int64_t negative = number;

	if (negative < 0 && negative > -(1ll << 32))
		fprintf(out, "-0x%llx", -(unsigned long long)number);
	else
		fprintf(out, "%s0x%llx", plus ? "+" : "", (unsigned long long)number);
}

static void print_bits(FILE *out, const struct word *words, uint64_t number)
{
	const char *separator = "";

	for (; words->name; words++) {
		if ((number & words->number) != words->number)
			continue;
		fprintf(out, "%s%s", separator, words->name);
		number &= ~words->number;
		separator = "|";
	}
	if (number || !*separator)
		fprintf(out, "%s0x%llx", separator, (unsigned long long)number);
}

static void print_word(FILE *out, const struct word *words, uint64_t number)
{
	for (; words->name; words++) {
		if (words->number == number) {
			fputs(words->name, out);
			return;
		}
	}
	print_number(out, number, false);
}

void value_print(FILE *out, enum value_type type, const struct value *value)
{
	if (value->base) {
		fprintf(out, "%c%u", value->base, value->slot);
		if (value->number)
			print_number(out, value->number, true);
	} else if (!types[type].words) {
		print_number(out, value->number, false);
	} else if (types[type].bits) {
		print_bits(out, types[type].words, value->number);
	} else {
		print_word(out, types[type].words, value->number);
	}
}

/* Reading. */

static bool parse_number(const char *text, uint64_t *number)
{
	char *end;

	*number = strtoull(text, &end, 0);
	return end != text && !*end;
}

static bool parse_word(const char *text, const struct word *words, uint64_t *number)
{
	for (; words->name; words++) {
		if (!strcmp(words->name, text)) {
			*number = words->number;
			return true;
		}
	}
	return parse_number(text, number);
}

static bool parse_words(const char *text, const struct type *type, uint64_t *number)
{
	char copy[256], *rest, *word;
	uint64_t one;

	*number = 0;
	snprintf(copy, sizeof(copy), "%s", text);
	for (word = strtok_r(copy, "|", &rest); word; word = strtok_r(NULL, "|", &rest)) {
		if (!parse_word(word, type->words, &one))
			return false;
		*number |= one;
	}
	return true;
}

static bool parse_slot(const char *text, struct value *value)
{
	value->base = text[0];
	value->slot = text[1] - '0';
	value->number = 0;
	return value->slot < SLOTS && (!text[2] || parse_number(text + 2, &value->number));
}

bool value_parse(const char *text, enum value_type type, struct value *value)
{
	if (strchr("repaf", text[0]) && text[1] >= '0' && text[1] <= '9')
		return parse_slot(text, value);
	*value = (struct value){};
	if (types[type].words)
		return parse_words(text, &types[type], &value->number);
	return parse_number(text, &value->number);
}
