// SPDX-License-Identifier: GPL-2.0-only
/*
 * All names there are, by what they are called and by when they were added. Two
 * trees, so that no choice of names makes any of this slow.
 */
#include <linux/file.h>
#include <linux/mutex.h>

#include "areafs.h"
#include "name.h"
#include "name_table.h"
#include "name_user.h"
#include "trace.h"

static struct rb_root by_key = RB_ROOT;
static struct rb_root by_id = RB_ROOT;
static u64 last_id;
static unsigned int changes = 1;

/*
 * Whoever holds it may look at the names in the trees and take references to
 * their files; no last reference is dropped under it.
 */
static DEFINE_MUTEX(table_lock);

/* Of the same key, those added before come first. */
static bool key_is_less(struct rb_node *a, const struct rb_node *b)
{
	const struct physvm_name *name = rb_entry(a, struct physvm_name, by_key);
	const struct physvm_name *other = rb_entry(b, struct physvm_name, by_key);
	const int order = name_key_compare(name->key, other->key);

	return order < 0 || (!order && name->id < other->id);
}

static bool id_is_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct physvm_name, by_id)->id <
	       rb_entry(b, struct physvm_name, by_id)->id;
}

static int compare_with_key(const void *key, const struct rb_node *node)
{
	return name_key_compare(key, rb_entry(node, struct physvm_name, by_key)->key);
}

/* Never 0, which a dump takes for nothing to compare with. */
static void count_change(void)
{
	changes = changes + 1 ?: 1;
}

static void insert(struct physvm_name *name)
{
	count_change();
	rb_add(&name->by_key, &by_key, key_is_less);
	rb_add(&name->by_id, &by_id, id_is_less);
}

static void erase(struct physvm_name *name)
{
	count_change();
	rb_erase(&name->by_key, &by_key);
	rb_erase(&name->by_id, &by_id);
}

/* The one added first. */
static struct physvm_name *find(const struct physvm_name_key *key)
{
	struct rb_node *node = rb_find_first(key, &by_key, compare_with_key);

	return node ? rb_entry(node, struct physvm_name, by_key) : NULL;
}

/* The one with the least id greater than that. */
static struct physvm_name *find_after(u64 id)
{
	struct rb_node *node = by_id.rb_node;
	struct physvm_name *found = NULL;

	while (node) {
		struct physvm_name *name = rb_entry(node, struct physvm_name, by_id);

		if (name->id > id) {
			found = name;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

/**
 * name_table_add() - Make a name known
 * @name: the name; its one reference is the table's from now on
 * @unique: unless there is such a name
 *
 * Return: 0, -EEXIST, -ENOSPC or -ENOMEM.
 */
int name_table_add(struct physvm_name *name, bool unique)
{
	int err;

	mutex_lock(&table_lock);
	err = unique && find(name->key) ? -EEXIST : name_user_charge(name->uid);
	if (!err) {
		name->id = ++last_id;
		insert(name);
		trace_physvm_name_add(name);
	}
	mutex_unlock(&table_lock);
	return err;
}

static int check_access(const struct physvm_name *name, u32 prot)
{
	return prot & ~file_view(name->file)->max_prot || !name_permits(name, prot) ?
	       -EACCES : 0;
}

/**
 * name_table_open() - Find a name, for somebody to open it
 * @key: the name's
 * @prot: PHYSVM_PROT_* wanted
 * @exclusive: nobody else is to have it open
 * @view: set to what it leads to, with a reference to @view->whole
 *
 * Return: the name, to be given to name_end(), or an error pointer: ENOENT,
 * EACCES, EBUSY.
 */
struct physvm_name *name_table_open(const struct physvm_name_key *key, u32 prot,
				    bool exclusive, struct physvm_view *view)
{
	struct physvm_name *name;
	int err = -ENOENT;

	mutex_lock(&table_lock);
	name = find(key);
	if (name)
		err = check_access(name, prot) ?: name_begin(name, exclusive);
	if (!err) {
		*view = *file_view(name->file);
		get_file(view->whole);
	}
	mutex_unlock(&table_lock);
	return err ? ERR_PTR(err) : name;
}

/* Removing: names that were taken can be given back, or forgotten. */

static void take(struct physvm_name *name, struct list_head *taken)
{
	erase(name);
	list_add_tail(&name->doomed, taken);
}

/**
 * name_table_take() - Take a name out that the caller may remove
 * @key: its key; the first added of several
 * @taken: an empty list, to which it is moved
 *
 * Return: 1, -ENOENT or -EPERM.
 */
int name_table_take(const struct physvm_name_key *key, struct list_head *taken)
{
	struct rb_node *node;
	int result = -ENOENT;

	mutex_lock(&table_lock);
	rb_for_each(node, key, &by_key, compare_with_key) {
		struct physvm_name *name = rb_entry(node, struct physvm_name, by_key);

		result = name_owned(name) ? 1 : -EPERM;
		if (result < 0)
			continue;
		take(name, taken);
		break;
	}
	mutex_unlock(&table_lock);
	return result;
}

/**
 * name_table_take_area() - Take all names of an area out that the caller may remove
 * @area: the area
 * @taken: an empty list, to which they are moved
 *
 * Return: how many, -ENOENT or -EPERM.
 */
int name_table_take_area(const struct physvm_area *area, struct list_head *taken)
{
	struct rb_node *node, *next;
	bool any = false;
	int count = 0;

	mutex_lock(&table_lock);
	for (node = rb_first(&by_id); node; node = next) {
		struct physvm_name *name = rb_entry(node, struct physvm_name, by_id);

		next = rb_next(node);
		if (file_area(name->file) != area)
			continue;
		any = true;
		if (!name_owned(name))
			continue;
		take(name, taken);
		count++;
	}
	mutex_unlock(&table_lock);
	return count ?: any ? -EPERM : -ENOENT;
}

/**
 * name_table_take_id() - Take the name of a number out, whoever may remove it
 * @id: the number
 * @taken: an empty list, to which it is moved
 *
 * Return: 1 or -ENOENT.
 */
int name_table_take_id(u64 id, struct list_head *taken)
{
	struct physvm_name *name;
	int result = -ENOENT;

	mutex_lock(&table_lock);
	name = id ? find_after(id - 1) : NULL;
	if (name && name->id == id) {
		take(name, taken);
		result = 1;
	}
	mutex_unlock(&table_lock);
	return result;
}

/* Likewise, all names of that spelling. Returns how many, or -ENOENT. */
int name_table_take_all(const struct physvm_name_key *key, struct list_head *taken)
{
	struct physvm_name *name;
	int count = 0;

	mutex_lock(&table_lock);
	for (; (name = find(key)); count++)
		take(name, taken);
	mutex_unlock(&table_lock);
	return count ?: -ENOENT;
}

/* As if they had never been taken: ids say where they were. */
void name_table_give_back(struct list_head *taken)
{
	struct physvm_name *name;

	mutex_lock(&table_lock);
	list_for_each_entry(name, taken, doomed)
		insert(name);
	mutex_unlock(&table_lock);
}

/* For good. Those who have them open keep what they have. */
void name_table_forget(struct list_head *taken)
{
	struct physvm_name *name, *next;

	mutex_lock(&table_lock);
	list_for_each_entry(name, taken, doomed)
		name_user_uncharge(name->uid);
	mutex_unlock(&table_lock);
	list_for_each_entry_safe(name, next, taken, doomed) {
		trace_physvm_name_remove(name);
		fput(name->file);
		name_put(name);
	}
}

static void describe(const struct physvm_name *name, struct physvm_name_next *args)
{
	const struct physvm_view *view = file_view(name->file);

	args->out_id = name->id;
	args->out_length = (u64)view->pages << PAGE_SHIFT;
	args->out_area_id = view->area->inode->i_ino;
	args->out_uid = from_kuid_munged(current_user_ns(), name->uid);
	args->out_gid = from_kgid_munged(current_user_ns(), name->gid);
	args->out_mode = name->mode;
	args->out_max_prot = view->max_prot;
	memcpy(args->out_name, name->text, sizeof(args->out_name));
}

/**
 * name_table_next() - Look at a name
 * @after: the first with an id greater than that
 * @args: whose results are filled in
 *
 * Return: 0 or -ENOENT.
 */
int name_table_next(u64 after, struct physvm_name_next *args)
{
	const struct physvm_name *name;

	mutex_lock(&table_lock);
	name = find_after(after);
	if (name)
		describe(name, args);
	mutex_unlock(&table_lock);
	return name ? 0 : -ENOENT;
}

static void look(const struct physvm_name *name, struct name_state *state)
{
	const struct physvm_view *view = file_view(name->file);

	state->id = name->id;
	state->area_id = view->area->inode->i_ino;
	state->pages = view->pages;
	state->uid = name->uid;
	state->gid = name->gid;
	state->mode = name->mode;
	state->max_prot = view->max_prot;
	state->openers = atomic_read(&name->openers);
	memcpy(state->text, name->text, PHYSVM_NAME_SIZE);
	state->text[PHYSVM_NAME_SIZE] = 0;
}

/**
 * name_table_look() - Look at a name, whoever may
 * @after: the first with an id greater than that
 * @state: filled in
 * @count: set to a number that changes when a name comes or goes
 *
 * Return: whether there is one.
 */
bool name_table_look(u64 after, struct name_state *state, unsigned int *count)
{
	const struct physvm_name *name;

	mutex_lock(&table_lock);
	name = find_after(after);
	if (name)
		look(name, state);
	*count = changes;
	mutex_unlock(&table_lock);
	return name;
}

/**
 * name_table_visit() - Look at the names that were added by way of a session
 * @session: its number
 * @fn: called for each, with the table locked
 */
void name_table_visit(u64 session, void (*fn)(const struct name_state *state))
{
	struct name_state state;
	struct rb_node *node;

	mutex_lock(&table_lock);
	for (node = rb_first(&by_id); node; node = rb_next(node)) {
		const struct physvm_name *name = rb_entry(node, struct physvm_name, by_id);

		if (name->session != session)
			continue;
		look(name, &state);
		fn(&state);
	}
	mutex_unlock(&table_lock);
}
