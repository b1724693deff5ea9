// SPDX-License-Identifier: GPL-2.0-only
/*
 * One name: its life, who may do what with it, who has it open.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "name.h"

/**
 * name_create() - Make a name that is nowhere yet
 * @text: as the user gave it
 * @mode: permissions
 * @file: what it leads to, a reference to which it takes over
 *
 * Return: the name with one reference, or an error pointer: EINVAL, EILSEQ,
 * ENOMEM; @file is the caller's then.
 */
struct physvm_name *name_create(const u8 text[PHYSVM_NAME_SIZE], u32 mode, struct file *file)
{
	struct physvm_name_key *key = name_key_make(text);
	struct physvm_name *name;

	if (IS_ERR(key))
		return ERR_CAST(key);
	name = kzalloc(sizeof(*name), GFP_KERNEL_ACCOUNT);
	if (!name) {
		kfree(key);
		return ERR_PTR(-ENOMEM);
	}
	name->key = key;
	name->file = file;
	name->uid = current_euid();
	name->gid = current_egid();
	name->mode = mode;
	refcount_set(&name->refs, 1);
	memcpy(name->text, text, PHYSVM_NAME_SIZE);
	return name;
}

/* Whoever takes it out of the table has taken care of its file. */
void name_put(struct physvm_name *name)
{
	if (!refcount_dec_and_test(&name->refs))
		return;
	kfree(name->key);
	kfree(name);
}

/* Who may do what. */

/* As for files: not over the names of users the capability's namespace has not. */
static bool capable_over(const struct physvm_name *name, int capability)
{
	struct user_namespace *ns = current_user_ns();

	return kuid_has_mapping(ns, name->uid) && kgid_has_mapping(ns, name->gid) &&
	       ns_capable(ns, capability);
}

/* May the caller remove it? */
bool name_owned(const struct physvm_name *name)
{
	return uid_eq(current_euid(), name->uid) || capable_over(name, CAP_FOWNER);
}

/* The bits of the mode that are the caller's, as rwx. */
static u32 mode_of_caller(const struct physvm_name *name)
{
	if (uid_eq(current_euid(), name->uid))
		return name->mode >> 6;
	return in_egroup_p(name->gid) ? name->mode >> 3 : name->mode;
}

static u32 mode_of_prot(u32 prot)
{
	return (prot & PHYSVM_PROT_READ ? 04 : 0) |
	       (prot & PHYSVM_PROT_WRITE ? 02 : 0) |
	       (prot & PHYSVM_PROT_EXEC ? 01 : 0);
}

/* May the caller open it for that, by its mode? */
bool name_permits(const struct physvm_name *name, u32 prot)
{
	return !(mode_of_prot(prot) & ~mode_of_caller(name)) ||
	       capable_over(name, CAP_DAC_OVERRIDE);
}

/* Who has it open. */

/**
 * name_begin() - Count one who has it open
 * @name: in the table
 * @exclusive: nobody else may
 *
 * Return: 0, or -EBUSY if that cannot be. It is ended by name_end().
 */
int name_begin(struct physvm_name *name, bool exclusive)
{
	if (exclusive ? atomic_cmpxchg(&name->openers, 0, -1) :
			!atomic_inc_unless_negative(&name->openers))
		return -EBUSY;
	refcount_inc(&name->refs);
	return 0;
}

/* Takes no lock: it may be called by whoever drops the last reference to a file. */
void name_end(struct physvm_name *name)
{
	if (atomic_cmpxchg(&name->openers, -1, 0) != -1)
		atomic_dec(&name->openers);
	name_put(name);
}
