/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bits with a summary of their clear runs. Also built in userland, by the test.
 */
#ifndef PHYSVM_BITMAP_TREE_H
#define PHYSVM_BITMAP_TREE_H

#include <linux/types.h>

#define BITTREE_LEAF_SHIFT 9
#define BITTREE_LEAF_BITS 512u
#define BITTREE_LEAF_WORDS (BITTREE_LEAF_BITS / 64)
#define BITTREE_FANOUT_SHIFT 5
#define BITTREE_FANOUT 32u
#define BITTREE_MAX_HEIGHT 5		/* nodes above a leaf, for BITTREE_MAX_BITS */
#define BITTREE_MAX_BITS 0x100000000ull
#define BITTREE_STALE 8u

/**
 * struct bittree_summary - The clear runs of a stretch of bits
 * @prefix: clear bits it begins with
 * @suffix: clear bits it ends with
 * @longest: of the longest run in it
 * @aligned: the most pages one run in it can hold at an aligned place, its guards
 *	not counted; 0 where nothing is aligned
 */
struct bittree_summary {
	u32 prefix;
	u32 suffix;
	u32 longest;
	u32 aligned;
};

/**
 * struct bittree_leaf - Bits; where there is no leaf all are clear
 * @bits: those beyond the bitmap's end are set
 * @index: which leaf it is
 * @nr_set: bits set, those beyond the end not counted
 * @stale: its summary is not what it should be
 * @tag: the owner's, 0 in a new leaf
 * @data: the owner's, from kmalloc(); goes with the leaf
 */
struct bittree_leaf {
	u64 bits[BITTREE_LEAF_WORDS];
	u32 index;
	u16 nr_set;
	bool stale;
	u32 tag;
	void *data;
};

/**
 * struct bittree_node - What is known about each of its children
 * @summaries: one for each
 * @children: nodes, or leaves in the lowest level; NULL where all is clear
 * @nr_children: that are not NULL
 */
struct bittree_node {
	struct bittree_summary summaries[BITTREE_FANOUT];
	void *children[BITTREE_FANOUT];
	u32 nr_children;
};

/**
 * struct bittree - A bitmap in which a clear run is found in no time
 * @size: bits
 * @align: of places for @bittree_summary.aligned, a power of two; 1 for none
 * @guard: clear bits to leave before and after an aligned place
 * @height: levels of nodes
 * @root: the topmost; NULL until a bit is set
 * @last: the leaf that was asked for last, or NULL
 * @empty: a leaf that was kept although it has no bit set, or NULL
 * @stale: leaves whose summaries are put right before the next search
 * @nr_stale: how many
 * @steps: summaries and words looked at by searches; for the test
 *
 * Which memory is needed for setting bits is allocated beforehand, with
 * bittree_prepare(): everything else does not fail.
 */
struct bittree {
	u64 size;
	u64 align;
	u64 guard;
	unsigned int height;
	struct bittree_node *root;
	struct bittree_leaf *last;
	struct bittree_leaf *empty;
	struct bittree_leaf *stale[BITTREE_STALE];
	unsigned int nr_stale;
#ifdef BITTREE_COUNT_STEPS
	u64 steps;
#endif
};

void bittree_init(struct bittree *tree, u64 size, u64 align, u64 guard);
void bittree_destroy(struct bittree *tree);

struct bittree_leaf *bittree_peek_leaf(const struct bittree *tree, u64 bit);
struct bittree_leaf *bittree_find_leaf(struct bittree *tree, u64 bit);
int bittree_prepare_slow(struct bittree *tree, u64 first, u64 count);
void bittree_unprepare(struct bittree *tree, u64 first, u64 count);
void bittree_set_bits(struct bittree *tree, u64 first, u64 count);
void bittree_clear_bits(struct bittree *tree, u64 first, u64 count);

bool bittree_all_clear_slow(struct bittree *tree, u64 first, u64 count);
bool bittree_all_set_slow(struct bittree *tree, u64 first, u64 count);
u64 bittree_next_set(struct bittree *tree, u64 from);
u64 bittree_next_clear(struct bittree *tree, u64 from);
u64 bittree_prev_set(struct bittree *tree, u64 low, u64 high);

u64 bittree_find_run(struct bittree *tree, u64 from, u64 bits);
u64 bittree_find_aligned(struct bittree *tree, u64 from, u64 pages);
u64 bittree_align(const struct bittree *tree, u64 from);

/* The leaf a bit is in, if it is there. What a loop over pages asks most often. */
static inline struct bittree_leaf *bittree_leaf_of(struct bittree *tree, u64 bit)
{
	struct bittree_leaf *last = tree->last;

	return last && last->index == bit / BITTREE_LEAF_BITS ? last : bittree_find_leaf(tree, bit);
}

/* Most ranges asked for are short, and in a word of the leaf that was asked for last. */
static inline bool bittree_in_last(const struct bittree *tree, u64 first, u64 count)
{
	return tree->last && tree->last->index == first / BITTREE_LEAF_BITS && count &&
	       first % 64 + count <= 64;
}

/**
 * bittree_prepare() - Have the memory for setting bits
 * @tree: the tree
 * @first: first bit
 * @count: how many
 *
 * Return: 0, or ENOMEM, and then nothing has changed.
 */
static inline int bittree_prepare(struct bittree *tree, u64 first, u64 count)
{
	return bittree_in_last(tree, first, count) ? 0 : bittree_prepare_slow(tree, first, count);
}

static inline u64 bittree_last_bits(const struct bittree *tree, u64 first, u64 count)
{
	const u64 word = tree->last->bits[first % BITTREE_LEAF_BITS / 64];

	return word >> (first % 64) & (~0ull >> (64 - count));
}

/**
 * bittree_all_clear() - Is a range free?
 * @tree: the tree
 * @first: first bit
 * @count: how many, not beyond the end
 */
static inline bool bittree_all_clear(struct bittree *tree, u64 first, u64 count)
{
	return bittree_in_last(tree, first, count) ?
		       !bittree_last_bits(tree, first, count) :
		       bittree_all_clear_slow(tree, first, count);
}

static inline bool bittree_all_set(struct bittree *tree, u64 first, u64 count)
{
	return bittree_in_last(tree, first, count) ?
		       bittree_last_bits(tree, first, count) == ~0ull >> (64 - count) :
		       bittree_all_set_slow(tree, first, count);
}

static inline bool bittree_leaf_test(const struct bittree_leaf *leaf, u64 bit)
{
	return leaf && leaf->bits[bit % BITTREE_LEAF_BITS / 64] >> (bit % 64) & 1;
}

/* As all that take a const tree, under a lock others may share. */
static inline bool bittree_test(const struct bittree *tree, u64 bit)
{
	return bittree_leaf_test(bittree_peek_leaf(tree, bit), bit);
}

#endif
