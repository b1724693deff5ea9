// SPDX-License-Identifier: GPL-2.0-only
/*
 * All areas there are, by number. It is for looking at them: nothing that is done
 * with an area needs it, and it keeps none alive.
 */
#include <linux/file.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>

#include "area_list.h"

static DEFINE_SPINLOCK(lock); /* all here; a leaf */
static struct rb_root areas = RB_ROOT;
static struct rb_node *last;
static u64 last_id;
static unsigned int changes = 1;

/* Never 0, which a dump takes for nothing to compare with. */
static void count_change(void)
{
	changes = changes + 1 ?: 1;
}

static struct physvm_area *node_area(struct rb_node *node)
{
	return rb_entry_safe(node, struct physvm_area, listed);
}

/**
 * area_list_add() - Give an area its number
 * @area: with an inode, whose number it is
 * @file: the area's own
 *
 * Numbers only grow, so its place is known.
 */
void area_list_add(struct physvm_area *area, struct file *file)
{
	area->file = file;
	spin_lock(&lock);
	area->inode->i_ino = ++last_id;
	rb_link_node(&area->listed, last, last ? &last->rb_right : &areas.rb_node);
	rb_insert_color(&area->listed, &areas);
	last = &area->listed;
	count_change();
	spin_unlock(&lock);
}

/* At the end of its file. Nobody comes to it from here afterwards. */
void area_list_remove(struct physvm_area *area)
{
	spin_lock(&lock);
	if (last == &area->listed)
		last = rb_prev(last);
	rb_erase(&area->listed, &areas);
	count_change();
	spin_unlock(&lock);
}

static struct rb_node *find_after(u64 id)
{
	struct rb_node *node = areas.rb_node, *found = NULL;

	while (node) {
		if (node_area(node)->inode->i_ino > id) {
			found = node;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

/**
 * area_list_next() - Look at an area
 * @after: the first with a number greater than that, which is not ending and has
 *	been handed to its user
 * @count: set to a number that changes when an area comes or goes
 *
 * Return: a reference to its own file, or NULL when there is none.
 */
struct file *area_list_next(u64 after, unsigned int *count)
{
	struct file *file = NULL;
	struct rb_node *node;

	spin_lock(&lock);
	for (node = find_after(after); node && !file; node = rb_next(node))
		if (READ_ONCE(node_area(node)->published))
			file = get_file_active(&node_area(node)->file);
	*count = changes;
	spin_unlock(&lock);
	return file;
}

/* The file of the area of that number, with a reference; or NULL. */
struct file *area_list_find(u64 id)
{
	unsigned int count;
	struct file *file = id ? area_list_next(id - 1, &count) : NULL;

	if (!file || file_inode(file)->i_ino == id)
		return file;
	fput(file);
	return NULL;
}
