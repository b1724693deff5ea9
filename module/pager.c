// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pagers: a file whose owner is asked for the missing pages of areas. The struct
 * outlives the file while areas are left: they have to know that it is dead.
 */
#include <linux/anon_inodes.h>
#include <linux/cred.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "event.h"
#include "pager.h"
#include "upcall.h"

/* A process, known by its table of descriptors: threads share it. */
struct server {
	struct list_head node;
	fl_owner_t files;
};

/* Life. */

static void pager_free(struct kref *refs)
{
	struct pager *pager = container_of(refs, struct pager, refs);

	upcall_forget_verdicts(pager);
	xa_destroy(&pager->areas);
	kfree(pager);
}

void pager_put(struct pager *pager)
{
	kref_put(&pager->refs, pager_free);
}

static struct pager *make_pager(unsigned int timeout_ms)
{
	struct pager *pager = kzalloc(sizeof(*pager), GFP_KERNEL_ACCOUNT);

	if (!pager)
		return NULL;
	kref_init(&pager->refs);
	spin_lock_init(&pager->lock);
	pager->timeout = timeout_ms ? msecs_to_jiffies(timeout_ms) : MAX_SCHEDULE_TIMEOUT;
	pager->upcalls = RB_ROOT;
	INIT_LIST_HEAD(&pager->queue);
	INIT_LIST_HEAD(&pager->verdicts);
	INIT_LIST_HEAD(&pager->servers);
	init_waitqueue_head(&pager->wait);
	xa_init(&pager->areas);
	return pager;
}

/* Servers. */

static struct server *find_server(struct pager *pager, fl_owner_t files)
{
	struct server *server;

	list_for_each_entry(server, &pager->servers, node)
		if (server->files == files)
			return server;
	return NULL;
}

/**
 * pager_add_server() - Know that the current process serves
 * @pager: the pager; pager_flush() tells of the end
 *
 * Return: 0, ESHUTDOWN or ENOMEM.
 */
int pager_add_server(struct pager *pager)
{
	struct server *server;

	if (READ_ONCE(pager->dead))
		return -ESHUTDOWN;
	if (READ_ONCE(pager->last_server) == current->files)
		return 0;
	server = kmalloc(sizeof(*server), GFP_KERNEL_ACCOUNT);
	if (!server)
		return -ENOMEM;
	server->files = current->files;
	spin_lock(&pager->lock);
	if (!find_server(pager, current->files)) {
		list_add(&server->node, &pager->servers);
		server = NULL;
	}
	pager->last_server = current->files;
	spin_unlock(&pager->lock);
	kfree(server);
	return 0;
}

static void die(struct pager *pager)
{
	spin_lock(&pager->lock);
	pager->dead = true;
	spin_unlock(&pager->lock);
	upcall_finish_all(pager);
	wake_up_all(&pager->wait);
}

static u64 count_areas(struct pager *pager)
{
	unsigned long id;
	struct file *file;
	u64 count = 0;

	xa_lock(&pager->areas);
	xa_for_each(&pager->areas, id, file)
		count++;
	xa_unlock(&pager->areas);
	return count;
}

static void tell_died(struct pager *pager)
{
	const struct event event = {
		.kind = PHYSVM_NL_EVENT_PAGER_DIED,
		.has = EVENT_UID | EVENT_PID | EVENT_AREAS,
		.uid = from_kuid(&init_user_ns, current_euid()),
		.pid = task_tgid_nr(current),
		.areas = count_areas(pager),
	};

	if (event.areas)
		event_post(&event);
}

/*
 * A process closes a descriptor, or exits. It may have another one: then its
 * next call makes it a server again.
 */
int pager_flush(struct file *file, fl_owner_t id)
{
	struct pager *pager = file_pager(file);
	struct server *server;
	bool last;

	spin_lock(&pager->lock);
	server = find_server(pager, id);
	if (server)
		list_del(&server->node);
	if (pager->last_server == id)
		pager->last_server = NULL;
	last = server && list_empty(&pager->servers);
	spin_unlock(&pager->lock);
	kfree(server);
	if (last && current->flags & PF_EXITING) {
		die(pager);
		if (event_wanted())
			tell_died(pager);
	} else {
		upcall_requeue(pager, id);
	}
	return 0;
}

/* The file. */

int pager_release(struct inode *inode, struct file *file)
{
	struct pager *pager = file_pager(file);

	die(pager);
	pager_put(pager);
	return 0;
}

__poll_t pager_poll(struct file *file, poll_table *wait)
{
	struct pager *pager = file_pager(file);
	__poll_t events;

	poll_wait(file, &pager->wait, wait);
	spin_lock(&pager->lock);
	events = list_empty(&pager->queue) ? 0 : EPOLLIN | EPOLLRDNORM;
	if (pager->dead)
		events |= EPOLLHUP;
	spin_unlock(&pager->lock);
	return events;
}

/**
 * pager_open() - Make a pager
 * @args: as the user gave them
 * @fops: with the functions of this file
 *
 * Return: the pager's file with one reference, or an error pointer.
 */
struct file *pager_open(const struct physvm_pager *args, const struct file_operations *fops)
{
	struct pager *pager;
	struct file *file;

	if (args->flags || args->__reserved)
		return ERR_PTR(-EOPNOTSUPP);
	pager = make_pager(args->timeout_ms);
	if (!pager)
		return ERR_PTR(-ENOMEM);
	file = anon_inode_getfile("[physvm-pager]", fops, pager, O_RDWR);
	if (IS_ERR(file))
		pager_put(pager);
	return file;
}

/* The pager a descriptor is, with a reference; or EBADF, ESHUTDOWN. */
struct pager *pager_get(int fd)
{
	struct file *file = fget(fd);
	struct pager *pager;

	if (!file)
		return ERR_PTR(-EBADF);
	if (file->f_op->release != pager_release) {
		pager = ERR_PTR(-EBADF);
	} else if (READ_ONCE(file_pager(file)->dead)) {
		pager = ERR_PTR(-ESHUTDOWN);
	} else {
		pager = file_pager(file);
		kref_get(&pager->refs);
	}
	fput(file);
	return pager;
}

/* Areas. */

/**
 * pager_add_area() - Let answers find an area
 * @pager: the pager
 * @file: the area's own
 *
 * Return: 0 or ENOMEM.
 */
int pager_add_area(struct pager *pager, struct file *file)
{
	/* Every area has another number. */
	return xa_insert(&pager->areas, file_inode(file)->i_ino, file, GFP_KERNEL_ACCOUNT) ?
		       -ENOMEM : 0;
}

/* Called by the end of an area's file, whether it was added or not. */
void pager_remove_area(struct pager *pager, const struct inode *inode)
{
	struct file *file;

	xa_lock(&pager->areas);
	file = xa_load(&pager->areas, inode->i_ino);
	if (file && file_inode(file) == inode) {
		__xa_erase(&pager->areas, inode->i_ino);
		pager->found = NULL;
	}
	xa_unlock(&pager->areas);
}

/* Most answers are about the area of the one before. */
static struct file *find_area(struct pager *pager, unsigned long id)
{
	if (!pager->found || file_inode(pager->found)->i_ino != id)
		pager->found = xa_load(&pager->areas, id);
	return pager->found;
}

/* The file of an area that is not ending, with a reference; or NULL. */
struct file *pager_find_area(struct pager *pager, u64 id)
{
	struct file *file;

	if (id > ULONG_MAX)
		return NULL;
	xa_lock(&pager->areas);
	file = find_area(pager, id);
	if (file)
		file = get_file_active(&file);
	xa_unlock(&pager->areas);
	return file;
}
