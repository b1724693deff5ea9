// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the calls about names do: between the user's memory and the table.
 */
#include <linux/file.h>
#include <linux/slab.h>

#include "export.h"
#include "mapping.h"
#include "name.h"
#include "name_table.h"
#include "session.h"
#include "share.h"

static int check_add(const struct physvm_name_add *args)
{
	if (args->flags & ~PHYSVM_NAME_ADD_VALID || args->max_prot & ~PHYSVM_PROT_VALID ||
	    args->mode & ~0777u || args->__reserved)
		return -EOPNOTSUPP;
	return args->max_prot ? 0 : -EINVAL;
}

static struct file *open_source(const struct physvm_name_add *args)
{
	const struct physvm_export source = {
		.flags = args->flags & PHYSVM_NAME_FD ? PHYSVM_EXPORT_FD : 0,
		.start = args->start,
		.length = args->length,
		.fd = args->fd,
		.max_prot = args->max_prot,
	};

	return export_open_all(&source);
}

/**
 * share_add() - Do PHYSVM_NAME_ADD
 * @args: as the user gave them
 * @session: by way of which it is added
 *
 * Return: 0 or an error.
 */
int share_add(const struct physvm_name_add *args, struct session *session)
{
	struct physvm_name *name;
	struct file *file;
	int err = check_add(args);

	if (err)
		return err;
	file = open_source(args);
	if (IS_ERR(file))
		return PTR_ERR(file);
	name = name_create(args->name, args->mode, file);
	if (!IS_ERR(name))
		name->session = session->id;
	err = IS_ERR(name) ? PTR_ERR(name) :
			     name_table_add(name, args->flags & PHYSVM_NAME_UNIQUE);
	if (!err) {
		WRITE_ONCE(session->named, true);
		return 0;
	}
	if (!IS_ERR(name))
		name_put(name);
	fput(file);
	return err;
}

static int check_open(const struct physvm_name_open *args)
{
	if (args->flags & ~PHYSVM_NAME_OPEN_VALID || args->max_prot & ~PHYSVM_PROT_VALID ||
	    args->__reserved)
		return -EOPNOTSUPP;
	/* Who may do nothing with it must not even keep others from it. */
	return args->max_prot ? 0 : -EINVAL;
}

/* The file of one opener, at whose end the name is told. */
static struct file *open_opener(struct physvm_name *name, struct physvm_view *view,
				const struct physvm_name_open *args)
{
	struct file *file;

	view->max_prot = args->max_prot;
	view->ended = name_end;
	view->name = name;
	file = mapping_open_view(view);
	if (IS_ERR(file))
		name_end(name);
	return file;
}

/**
 * share_open() - Do all of PHYSVM_NAME_OPEN but the descriptor
 * @args: as the user gave them; results are filled in
 *
 * Return: the new file, or an error pointer.
 */
struct file *share_open(struct physvm_name_open *args)
{
	struct physvm_name_key *key;
	struct physvm_name *name;
	struct physvm_view view;
	struct file *file;
	int err = check_open(args);

	if (err)
		return ERR_PTR(err);
	key = name_key_make(args->name);
	if (IS_ERR(key))
		return ERR_CAST(key);
	name = name_table_open(key, args->max_prot, args->flags & PHYSVM_NAME_EXCL, &view);
	kfree(key);
	if (IS_ERR(name))
		return ERR_CAST(name);
	args->out_uid = from_kuid_munged(current_user_ns(), name->uid);
	args->out_length = (u64)view.pages << PAGE_SHIFT;
	args->out_area_id = view.area->inode->i_ino;
	file = open_opener(name, &view, args);
	/* The new file has a reference of its own. */
	fput(view.whole);
	return file;
}

static int check_remove(const struct physvm_name_remove *args)
{
	const u32 by_area = args->flags & PHYSVM_NAME_REMOVE_VALID;

	if (args->flags & ~PHYSVM_NAME_REMOVE_VALID || args->__reserved)
		return -EOPNOTSUPP;
	if (by_area == PHYSVM_NAME_REMOVE_VALID ||
	    (!(by_area & PHYSVM_NAME_FD) && args->fd) ||
	    (!(by_area & PHYSVM_NAME_ADDR) && args->start) ||
	    (by_area && memchr_inv(args->name, 0, sizeof(args->name))))
		return -EINVAL;
	return 0;
}

static int take_by_name(const struct physvm_name_remove *args, struct list_head *taken)
{
	struct physvm_name_key *key = name_key_make(args->name);
	int err;

	if (IS_ERR(key))
		return PTR_ERR(key);
	err = name_table_take(key, taken);
	kfree(key);
	return err;
}

static int take_by_area(const struct physvm_name_remove *args, struct list_head *taken)
{
	const struct physvm_export source = {
		.flags = args->flags & PHYSVM_NAME_FD ? PHYSVM_EXPORT_FD : 0,
		.start = args->start,
		.fd = args->fd,
	};
	struct file *whole = export_find_whole(&source);
	int err;

	if (IS_ERR(whole))
		return PTR_ERR(whole);
	err = name_table_take_area(file_area(whole), taken);
	fput(whole);
	return err;
}

/**
 * share_remove() - Do all of PHYSVM_NAME_REMOVE that can be undone
 * @args: as the user gave them
 * @taken: an empty list. The names are in it and no longer found; they are to be
 *	forgotten or given back
 *
 * Return: how many, or an error.
 */
int share_remove(const struct physvm_name_remove *args, struct list_head *taken)
{
	return check_remove(args) ?: args->flags ? take_by_area(args, taken) :
						   take_by_name(args, taken);
}
