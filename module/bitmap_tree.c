// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bits with a summary of their clear runs: a run of some length, anywhere or where
 * an aligned place is in it, is found in steps that grow with the height of the
 * tree only. Memory is needed for stretches that have a bit set.
 *
 * Knows nothing of the kernel but kzalloc() and bit operations, so that a test
 * can have it in userland.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "bitmap_tree.h"

#ifdef BITTREE_COUNT_STEPS
#define COUNT_STEP(tree) ((tree)->steps++)
#else
#define COUNT_STEP(tree) ((void)(tree))
#endif

/* Bits a child of a node of level @level has, as a power of two: a leaf for level 0. */
static unsigned int child_shift(unsigned int level)
{
	return BITTREE_LEAF_SHIFT + level * BITTREE_FANOUT_SHIFT;
}

static u64 child_width(unsigned int level)
{
	return 1ull << child_shift(level);
}

static unsigned int child_of(unsigned int level, u64 bit)
{
	return (bit >> child_shift(level)) % BITTREE_FANOUT;
}

/* The first bit of the node of that level a bit is in. */
static u64 node_base(unsigned int level, u64 bit)
{
	return bit & ~(child_width(level + 1) - 1);
}

/* Aligned places. */

/**
 * bittree_align() - Where the first aligned run may begin
 * @tree: its @align and @guard say what is aligned
 * @from: not before this bit
 *
 * Return: the first bit from @from on that is @guard bits before a multiple of
 * @align.
 */
u64 bittree_align(const struct bittree *tree, u64 from)
{
	return ((from + tree->guard + tree->align - 1) & ~(tree->align - 1)) - tree->guard;
}

/* Pages that the clear bits [start, end) can hold at an aligned place. */
static u64 aligned_pages(const struct bittree *tree, u64 start, u64 end)
{
	const u64 place = bittree_align(tree, start) + tree->guard;

	return place + tree->guard < end ? end - tree->guard - place : 0;
}

/* Summaries. */

/* What is being summed up: bits from @base on, so far with a clear run from @open on. */
struct sum {
	struct bittree_summary summary;
	const struct bittree *tree;
	u64 base;
	u32 open;
};

/* The clear run that is open ends before bit @end. */
static void sum_run(struct sum *sum, u32 end)
{
	const u32 length = end - sum->open;
	struct bittree_summary *summary = &sum->summary;

	if (!sum->open)
		summary->prefix = length;
	if (length > summary->longest)
		summary->longest = length;
	if (length && sum->tree->align > 1)
		summary->aligned = max_t(u64, summary->aligned,
					 aligned_pages(sum->tree, sum->base + sum->open,
						       sum->base + end));
}

static struct bittree_summary sum_end(struct sum *sum, u32 width)
{
	sum_run(sum, width);
	sum->summary.suffix = width - sum->open;
	return sum->summary;
}

/* Where the next stretch of set bits begins and ends in a word, from bit @from on. */
static bool next_stretch(u64 word, unsigned int from, unsigned int *start,
			 unsigned int *end)
{
	if (from > 63 || !(word >> from))
		return false;
	*start = from + __ffs64(word >> from);
	*end = ~(word >> *start) ? *start + __ffs64(~(word >> *start)) : 64;
	return true;
}

static struct bittree_summary sum_leaf(const struct bittree *tree,
				       const struct bittree_leaf *leaf)
{
	struct sum sum = {
		.tree = tree,
		.base = (u64)leaf->index * BITTREE_LEAF_BITS,
	};
	unsigned int i, start, end;

	for (i = 0; i < BITTREE_LEAF_WORDS; i++) {
		end = 0;
		while (next_stretch(leaf->bits[i], end, &start, &end)) {
			sum_run(&sum, i * 64 + start);
			sum.open = i * 64 + end;
		}
	}
	return sum_end(&sum, BITTREE_LEAF_BITS);
}

static struct bittree_summary sum_node(const struct bittree *tree,
				       const struct bittree_node *node,
				       unsigned int level, u64 base)
{
	const u64 width = child_width(level);
	struct sum sum = { .tree = tree, .base = base };
	unsigned int i;

	for (i = 0; i < BITTREE_FANOUT; i++) {
		const struct bittree_summary *child = &node->summaries[i];

		if (child->prefix == width)
			continue;
		sum_run(&sum, i * width + child->prefix);
		sum.summary.longest = max(sum.summary.longest, child->longest);
		sum.summary.aligned = max(sum.summary.aligned, child->aligned);
		sum.open = (i + 1) * width - child->suffix;
	}
	return sum_end(&sum, BITTREE_FANOUT * width);
}

/* Of bits that are all clear as far as the bitmap goes. */
static struct bittree_summary sum_nothing(const struct bittree *tree, u64 base, u64 width)
{
	const u64 end = min(base + width, tree->size);
	struct bittree_summary summary = {};

	if (base >= tree->size)
		return summary;
	summary.prefix = end - base;
	summary.longest = end - base;
	summary.suffix = end - base == width ? width : 0;
	if (tree->align > 1)
		summary.aligned = aligned_pages(tree, base, end);
	return summary;
}

/* Nodes. */

static struct bittree_node *new_node(const struct bittree *tree, unsigned int level, u64 base)
{
	struct bittree_node *node = kzalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);
	unsigned int i;

	for (i = 0; node && i < BITTREE_FANOUT; i++)
		node->summaries[i] = sum_nothing(tree, base + i * child_width(level),
						 child_width(level));
	return node;
}

static struct bittree_leaf *new_leaf(const struct bittree *tree, u64 index)
{
	struct bittree_leaf *leaf = kzalloc(sizeof(*leaf), GFP_KERNEL_ACCOUNT);
	u64 bit = index * BITTREE_LEAF_BITS;
	unsigned int i;

	if (!leaf)
		return NULL;
	leaf->index = index;
	for (i = 0; i < BITTREE_LEAF_WORDS; i++, bit += 64)
		if (bit + 64 > tree->size)
			leaf->bits[i] = bit >= tree->size ? ~0ull : ~0ull << (tree->size - bit);
	return leaf;
}

/* The nodes from the root down to the leaf a bit is in, as far as they are there. */
struct trail {
	struct bittree_node *nodes[BITTREE_MAX_HEIGHT];	/* by level */
	unsigned int lowest;				/* level that is there */
	struct bittree_leaf *leaf;
};

static struct trail find_trail(const struct bittree *tree, u64 bit)
{
	struct trail trail = { .lowest = tree->height };
	struct bittree_node *node = tree->root;

	while (node) {
		trail.nodes[--trail.lowest] = node;
		node = node->children[child_of(trail.lowest, bit)];
		if (!trail.lowest)
			break;
	}
	if (!trail.lowest)
		trail.leaf = (void *)node;
	return trail;
}

/* Puts right what the nodes above a leaf know of it. */
static void refresh(struct bittree *tree, struct bittree_leaf *leaf)
{
	const u64 bit = (u64)leaf->index * BITTREE_LEAF_BITS;
	const struct trail trail = find_trail(tree, bit);
	struct bittree_summary summary = sum_leaf(tree, leaf), *known;
	unsigned int level;

	leaf->stale = false;
	for (level = 0; level < tree->height; level++) {
		COUNT_STEP(tree);
		known = &trail.nodes[level]->summaries[child_of(level, bit)];
		if (!memcmp(known, &summary, sizeof(summary)))
			return;
		*known = summary;
		summary = sum_node(tree, trail.nodes[level], level, node_base(level, bit));
	}
}

static void refresh_all(struct bittree *tree)
{
	while (tree->nr_stale)
		refresh(tree, tree->stale[--tree->nr_stale]);
}

static void add_stale(struct bittree *tree, struct bittree_leaf *leaf)
{
	if (tree->nr_stale == BITTREE_STALE)
		refresh_all(tree);
	leaf->stale = true;
	tree->stale[tree->nr_stale++] = leaf;
}

static void make_stale(struct bittree *tree, struct bittree_leaf *leaf)
{
	if (!leaf->stale)
		add_stale(tree, leaf);
}

/* Memory. */

void bittree_init(struct bittree *tree, u64 size, u64 align, u64 guard)
{
	*tree = (struct bittree){
		.size = size,
		.align = align,
		.guard = guard,
		.height = 1,
	};
	while (child_width(tree->height) < size)
		tree->height++;
}

static void free_leaf(struct bittree_leaf *leaf)
{
	if (leaf)
		kfree(leaf->data);
	kfree(leaf);
}

static void free_node(struct bittree_node *node, unsigned int level)
{
	unsigned int i;

	for (i = 0; node && i < BITTREE_FANOUT; i++) {
		if (level)
			free_node(node->children[i], level - 1);
		else
			free_leaf(node->children[i]);
	}
	kfree(node);
}

void bittree_destroy(struct bittree *tree)
{
	free_node(tree->root, tree->height - 1);
	tree->root = NULL;
}

/* The leaf a bit is in, if it is there. */
struct bittree_leaf *bittree_peek_leaf(const struct bittree *tree, u64 bit)
{
	return find_trail(tree, bit).leaf;
}

struct bittree_leaf *bittree_find_leaf(struct bittree *tree, u64 bit)
{
	struct bittree_leaf *leaf = bittree_peek_leaf(tree, bit);

	if (leaf)
		tree->last = leaf;
	return leaf;
}

static int make_leaf(struct bittree *tree, u64 bit)
{
	unsigned int level = tree->height;
	struct bittree_node *above = NULL;
	void **place = (void **)&tree->root;

	for (; level--; place = &above->children[child_of(level, bit)]) {
		if (!*place) {
			*place = new_node(tree, level, node_base(level, bit));
			if (!*place)
				return -ENOMEM;
			if (above)
				above->nr_children++;
		}
		above = *place;
	}
	if (*place)
		return 0;
	*place = new_leaf(tree, bit / BITTREE_LEAF_BITS);
	if (!*place)
		return -ENOMEM;
	above->nr_children++;
	return 0;
}

/* Removes a leaf without bits, and the nodes above that have nothing else. */
static void drop_leaf(struct bittree *tree, u64 bit)
{
	const struct trail trail = find_trail(tree, bit);
	struct bittree_node *node;
	unsigned int level;

	if (trail.leaf) {
		if (trail.leaf->nr_set)
			return;
		refresh_all(tree);
		if (tree->last == trail.leaf)
			tree->last = NULL;
		if (tree->empty == trail.leaf)
			tree->empty = NULL;
		trail.nodes[0]->children[child_of(0, bit)] = NULL;
		trail.nodes[0]->nr_children--;
		free_leaf(trail.leaf);
	}
	for (level = trail.lowest; level < tree->height; level++) {
		node = trail.nodes[level];
		if (node->nr_children)
			return;
		if (level + 1 < tree->height) {
			trail.nodes[level + 1]->children[child_of(level + 1, bit)] = NULL;
			trail.nodes[level + 1]->nr_children--;
		} else {
			tree->root = NULL;
		}
		kfree(node);
	}
}

/*
 * A leaf whose last bit was cleared stays until the next one is: who takes and
 * gives the same bits by turns needs no memory for it.
 */
static void leaf_emptied(struct bittree *tree, struct bittree_leaf *leaf)
{
	struct bittree_leaf *before = tree->empty;

	if (before == leaf)
		return;
	tree->empty = leaf;
	if (before)
		drop_leaf(tree, (u64)before->index * BITTREE_LEAF_BITS);
}

/**
 * bittree_unprepare() - Give back what bittree_prepare() was for, unused
 * @tree: the tree
 * @first: first bit
 * @count: how many
 */
void bittree_unprepare(struct bittree *tree, u64 first, u64 count)
{
	u64 bit = first & ~(u64)(BITTREE_LEAF_BITS - 1);

	for (; bit < first + count; bit += BITTREE_LEAF_BITS)
		drop_leaf(tree, bit);
}

int bittree_prepare_slow(struct bittree *tree, u64 first, u64 count)
{
	u64 bit = first & ~(u64)(BITTREE_LEAF_BITS - 1);

	for (; bit < first + count; bit += BITTREE_LEAF_BITS) {
		if (bittree_leaf_of(tree, bit))
			continue;
		if (make_leaf(tree, bit)) {
			bittree_unprepare(tree, first, bit + 1 - min(first, bit));
			return -ENOMEM;
		}
	}
	return 0;
}

/* Setting and clearing. */

/* The bits of a word that are among the @count from @first on, and how many. */
static u64 word_mask(u64 first, u64 count, unsigned int *bits)
{
	const unsigned int shift = first % 64;

	*bits = min_t(u64, count, 64 - shift);
	return (*bits == 64 ? ~0ull : (1ull << *bits) - 1) << shift;
}

static unsigned int word_of(u64 bit)
{
	return bit % BITTREE_LEAF_BITS / 64;
}

/**
 * bittree_set_bits() - Set bits that are clear
 * @tree: the tree, prepared for them
 * @first: first bit
 * @count: how many
 */
void bittree_set_bits(struct bittree *tree, u64 first, u64 count)
{
	struct bittree_leaf *leaf;
	unsigned int bits;
	u64 mask;

	for (; count; first += bits, count -= bits) {
		leaf = bittree_leaf_of(tree, first);
		mask = word_mask(first, count, &bits);
		leaf->bits[word_of(first)] |= mask;
		leaf->nr_set += bits;
		make_stale(tree, leaf);
	}
}

/**
 * bittree_clear_bits() - Clear bits that are set
 * @tree: the tree
 * @first: first bit
 * @count: how many
 */
void bittree_clear_bits(struct bittree *tree, u64 first, u64 count)
{
	struct bittree_leaf *leaf;
	unsigned int bits;
	u64 mask;

	for (; count; first += bits, count -= bits) {
		leaf = bittree_leaf_of(tree, first);
		mask = word_mask(first, count, &bits);
		leaf->bits[word_of(first)] &= ~mask;
		leaf->nr_set -= bits;
		make_stale(tree, leaf);
		if (!leaf->nr_set)
			leaf_emptied(tree, leaf);
	}
}

/* Asking. */

/* Is no bit of [first, first + count), flipped by @flip, set? In one leaf. */
static bool none_in_leaf(struct bittree *tree, const struct bittree_leaf *leaf,
			 u64 first, u64 count, u64 flip)
{
	unsigned int bits;
	u64 mask;

	for (; count; first += bits, count -= bits) {
		COUNT_STEP(tree);
		mask = word_mask(first, count, &bits);
		if ((leaf->bits[word_of(first)] ^ flip) & mask)
			return false;
	}
	return true;
}

/* The same, in a few leaves. */
static bool none(struct bittree *tree, u64 first, u64 count, u64 flip)
{
	const struct bittree_leaf *leaf;
	u64 part;

	for (; count; first += part, count -= part) {
		COUNT_STEP(tree);
		part = min_t(u64, count, BITTREE_LEAF_BITS - first % BITTREE_LEAF_BITS);
		leaf = bittree_leaf_of(tree, first);
		if (leaf ? !none_in_leaf(tree, leaf, first, part, flip) : flip)
			return false;
	}
	return true;
}

/* More than this is asked of the summaries. */
#define FEW_BITS (4 * BITTREE_LEAF_BITS)

bool bittree_all_clear_slow(struct bittree *tree, u64 first, u64 count)
{
	if (count <= FEW_BITS)
		return none(tree, first, count, 0);
	return bittree_next_set(tree, first) >= first + count;
}

bool bittree_all_set_slow(struct bittree *tree, u64 first, u64 count)
{
	if (count <= FEW_BITS)
		return none(tree, first, count, ~0ull);
	return bittree_next_clear(tree, first) >= first + count;
}

/* What a child cannot have that has not what is looked for. */
typedef bool useless_fn(const struct bittree_summary *summary, u64 width);

static bool has_no_set(const struct bittree_summary *summary, u64 width)
{
	return summary->longest == width;
}

static bool has_no_clear(const struct bittree_summary *summary, u64 width)
{
	return !summary->longest;
}

static u64 next_in_leaf(struct bittree *tree, const struct bittree_leaf *leaf,
			u64 base, u64 from, u64 flip)
{
	unsigned int i = from > base ? (from - base) / 64 : 0;
	u64 word, mask = from > base ? ~0ull << (from % 64) : ~0ull;

	for (; i < BITTREE_LEAF_WORDS; i++, mask = ~0ull) {
		COUNT_STEP(tree);
		word = ((leaf ? leaf->bits[i] : 0) ^ flip) & mask;
		if (word)
			return base + i * 64 + __ffs64(word);
	}
	return tree->size;
}

/*
 * The first bit from @from on, of those of a node, that is set after flipping.
 * Where a child is not there the summary of it still is.
 */
static u64 next_bit(struct bittree *tree, const struct bittree_node *node,
		    unsigned int level, u64 base, u64 from, u64 flip, useless_fn *useless)
{
	const u64 width = child_width(level);
	unsigned int i = from > base ? (from - base) >> child_shift(level) : 0;
	u64 found;

	for (; i < BITTREE_FANOUT && base + i * width < tree->size; i++) {
		const u64 start = base + i * width;

		COUNT_STEP(tree);
		if (useless(&node->summaries[i], width))
			continue;
		if (!node->children[i])
			found = flip ? max(from, start) : tree->size;
		else if (level)
			found = next_bit(tree, node->children[i], level - 1, start, from,
					 flip, useless);
		else
			found = next_in_leaf(tree, node->children[i], start, from, flip);
		if (found < tree->size)
			return found;
	}
	return tree->size;
}

/* The first set bit from @from on; the size where none is. */
u64 bittree_next_set(struct bittree *tree, u64 from)
{
	refresh_all(tree);
	if (from >= tree->size || !tree->root)
		return tree->size;
	return next_bit(tree, tree->root, tree->height - 1, 0, from, 0, has_no_set);
}

u64 bittree_next_clear(struct bittree *tree, u64 from)
{
	refresh_all(tree);
	if (from >= tree->size || !tree->root)
		return min(from, tree->size);
	return next_bit(tree, tree->root, tree->height - 1, 0, from, ~0ull, has_no_clear);
}

static u64 prev_in_leaf(struct bittree *tree, const struct bittree_leaf *leaf,
			u64 base, u64 high)
{
	unsigned int i = min_t(u64, high - base, BITTREE_LEAF_BITS);
	u64 word;

	while (i) {
		const unsigned int bits = (i - 1) % 64 + 1;

		COUNT_STEP(tree);
		word = leaf->bits[(i - 1) / 64] & (~0ull >> (64 - bits));
		if (word)
			return base + (i - bits) + fls64(word) - 1;
		i -= bits;
	}
	return tree->size;
}

/* The last set bit before @high, of those of a node; the size where none is. */
static u64 prev_bit(struct bittree *tree, const struct bittree_node *node,
		    unsigned int level, u64 base, u64 high)
{
	const u64 width = child_width(level);
	const u64 begun = (high - base + width - 1) >> child_shift(level);
	unsigned int i = min_t(u64, begun, BITTREE_FANOUT);
	u64 found;

	while (i--) {
		COUNT_STEP(tree);
		if (!node->children[i] || has_no_set(&node->summaries[i], width))
			continue;
		if (level)
			found = prev_bit(tree, node->children[i], level - 1,
					 base + i * width, high);
		else
			found = prev_in_leaf(tree, node->children[i], base + i * width, high);
		if (found < tree->size)
			return found;
	}
	return tree->size;
}

/**
 * bittree_prev_set() - The last set bit of a range
 * @tree: the tree
 * @low: the range's first bit
 * @high: the bit behind its last
 *
 * Return: the bit, or @high where none is set.
 */
u64 bittree_prev_set(struct bittree *tree, u64 low, u64 high)
{
	u64 found;

	if (high - low <= BITTREE_LEAF_BITS && bittree_all_clear(tree, low, high - low))
		return high;
	refresh_all(tree);
	found = tree->root ? prev_bit(tree, tree->root, tree->height - 1, 0, high) : tree->size;
	return found < low || found >= high ? high : found;
}

/* Searching. */

/* What is searched, and the clear run that reaches to where the search is. */
struct search {
	struct bittree *tree;
	u64 bits;	/* of a run, anywhere; or */
	u64 pages;	/* at an aligned place */
	u64 from;
	u64 open;
	u64 found;
};

/* The open run goes on to @end: is it what is searched? */
static bool run_fits(struct search *search, u64 end)
{
	if (end <= search->open)
		return false;
	if (search->bits) {
		search->found = search->open;
		return end - search->open >= search->bits;
	}
	search->found = bittree_align(search->tree, search->open);
	return aligned_pages(search->tree, search->open, end) >= search->pages;
}

static bool has_fitting(const struct search *search, const struct bittree_summary *summary)
{
	return search->bits ? summary->longest >= search->bits :
			      summary->aligned >= search->pages;
}

static bool search_leaf(struct search *search, const struct bittree_leaf *leaf, u64 base)
{
	unsigned int i = search->open > base ? (search->open - base) / 64 : 0;
	unsigned int start, end = search->open > base ? search->open % 64 : 0;

	for (; i < BITTREE_LEAF_WORDS; i++, end = 0) {
		COUNT_STEP(search->tree);
		while (next_stretch(leaf->bits[i], end, &start, &end)) {
			if (run_fits(search, base + i * 64 + start))
				return true;
			search->open = base + i * 64 + end;
		}
	}
	return run_fits(search, base + BITTREE_LEAF_BITS);
}

static bool search_node(struct search *search, const struct bittree_node *node,
			unsigned int level, u64 base);

/* In a child where the search begins, or in which it will end. */
static bool search_child(struct search *search, const struct bittree_node *node,
			 unsigned int level, unsigned int i, u64 start)
{
	const struct bittree_summary *summary = &node->summaries[i];
	const u64 width = child_width(level);

	if (node->children[i] && level)
		return search_node(search, node->children[i], level - 1, start);
	if (node->children[i])
		return search_leaf(search, node->children[i], start);
	if (run_fits(search, start + summary->prefix))
		return true;
	if (summary->prefix < width)
		search->open = start + width;
	return false;
}

/*
 * Goes on with the bits of a node. What of them comes before search->open was
 * looked at, or is not to be.
 */
static bool search_node(struct search *search, const struct bittree_node *node,
			unsigned int level, u64 base)
{
	const u64 width = child_width(level);
	unsigned int i = search->from > base ? (search->from - base) >> child_shift(level) : 0;

	for (; i < BITTREE_FANOUT; i++) {
		const struct bittree_summary *summary = &node->summaries[i];
		const u64 start = base + i * width;

		COUNT_STEP(search->tree);
		if (start < search->from) {
			if (search_child(search, node, level, i, start))
				return true;
			continue;
		}
		if (run_fits(search, start + summary->prefix))
			return true;
		if (summary->prefix == width)
			continue;
		search->open = start + width - summary->suffix;
		if (has_fitting(search, summary)) {
			search->open = start;
			return search_child(search, node, level, i, start);
		}
	}
	return false;
}

static u64 search(struct search *search)
{
	struct bittree *tree = search->tree;

	refresh_all(tree);
	search->open = search->from;
	if (search->from >= tree->size)
		return tree->size;
	if (tree->root ? search_node(search, tree->root, tree->height - 1, 0) :
			 run_fits(search, tree->size))
		return search->found;
	return tree->size;
}

/**
 * bittree_find_run() - Find clear bits
 * @tree: the tree
 * @from: from this bit on
 * @bits: how many in a row; not 0
 *
 * Return: the first bit of the first such run; the size where there is none.
 */
u64 bittree_find_run(struct bittree *tree, u64 from, u64 bits)
{
	struct search what = { .tree = tree, .from = from, .bits = bits };

	return search(&what);
}

/**
 * bittree_find_aligned() - Find clear bits at an aligned place
 * @tree: the tree
 * @from: from this bit on
 * @pages: how many, not counting a guard on either side; not 0
 *
 * Return: the first bit of the first such run, that of the guard; the size where
 * there is none.
 */
u64 bittree_find_aligned(struct bittree *tree, u64 from, u64 pages)
{
	struct search what = { .tree = tree, .from = from, .pages = pages };

	return search(&what);
}
