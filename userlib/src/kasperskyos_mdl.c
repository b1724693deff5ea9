// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * MDL buffers of KasperskyOS: descriptors of areas, or of parts of them, behind
 * handles.  What may be done with one is the descriptor's ceiling, which the
 * kernel watches over wherever the descriptor goes.
 */
#include "coresrv/vmm/vmm_api.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "default_handle.h"
#include "export.h"
#include "kasperskyos_flags.h"
#include "kasperskyos_handle.h"
#include "kasperskyos_retcode.h"
#include "physvm.h"
#include "sys.h"

/* What an MDL is made of. */
struct making {
	const void *from;
	rtl_size_t size;
	uint32_t rights;
	Handle *handle;
};

/* A buffer nobody may do anything with is a mistake. */
static Retcode make(physvm_action_t *action, struct making making, int flags)
{
	int err = physvm_kn_rights(flags, &making.rights);

	if (err || !making.rights || !making.handle)
		return rcInvalidArgument;
	return physvm_kn_retcode(physvm_with_default_handle(action, &making));
}

/* fd: the handle's, whether there will be one or not; or an error. */
static int make_handle(int fd, Handle *handle)
{
	const struct physvm_kn_object object = { .kind = PHYSVM_KN_MDL, .fd = fd };
	int err;

	if (fd < 0)
		return fd;
	err = physvm_kn_handle_new(&object, handle);
	if (err)
		physvm_sys_close(fd);
	return err;
}

static struct physvm_alloc area_of(const struct making *making)
{
	return (struct physvm_alloc){
		.flags = PHYSVM_ALLOC_FD | PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_DONTFORK,
		.length = making->size,
		.max_prot = making->rights,
	};
}

static int create(struct physvm *handle, void *arg)
{
	const struct making *making = arg;
	struct physvm_alloc alloc = area_of(making);
	int err = physvm_alloc(handle, &alloc);

	return make_handle(err ? err : alloc.out_fd, making->handle);
}

EXPORT Retcode KnPmmMdlCreate(rtl_size_t size, int flags, Handle *handle)
{
	return make(create, (struct making){ NULL, size, 0, handle }, flags);
}

/* The descriptor, whose ceiling lets more than was asked for: it is not shown. */
static int fill_area(struct physvm *handle, const struct making *making)
{
	const uint32_t writable = PHYSVM_PROT_READ | PHYSVM_PROT_WRITE;
	struct physvm_alloc alloc = area_of(making);
	int err;

	alloc.length = physvm_sys_whole_pages(making->size);
	alloc.flags |= PHYSVM_ALLOC_MAP;
	alloc.prot = writable;
	alloc.max_prot |= writable;
	err = physvm_alloc(handle, &alloc);
	if (err)
		return err;
	memcpy((void *)(uintptr_t)alloc.out_addr, making->from, making->size);
	physvm_sys_munmap((void *)(uintptr_t)alloc.out_addr, alloc.length);
	return alloc.out_fd;
}

static int create_from_buf(struct physvm *handle, void *arg)
{
	const struct making *making = arg;
	int filled = fill_area(handle, making);
	int fd;

	if (filled < 0)
		return filled;
	fd = physvm_export_fd(handle, filled, 0, physvm_sys_whole_pages(making->size),
			      making->rights);
	physvm_sys_close(filled);
	return make_handle(fd, making->handle);
}

EXPORT Retcode KnPmmMdlCreateFromBuf(const void *buf, rtl_size_t size, int flags, Handle *handle)
{
	if (!buf)
		return rcInvalidArgument;
	return make(create_from_buf, (struct making){ buf, size, 0, handle }, flags);
}

static int create_from_vm(struct physvm *handle, void *arg)
{
	const struct making *making = arg;
	int fd = physvm_export(handle, making->from, making->size, making->rights);

	return make_handle(fd, making->handle);
}

EXPORT Retcode KnPmmMdlCreateFromVm(void *addr, rtl_size_t size, int flags, Handle *handle)
{
	return make(create_from_vm, (struct making){ addr, size, 0, handle }, flags);
}

EXPORT Retcode KnPmmMdlClone(Handle mdl, Handle *clone)
{
	const struct physvm_kn_object *object;
	int err;

	if (!clone)
		return rcInvalidArgument;
	object = physvm_kn_handle_get(mdl, PHYSVM_KN_MDL);
	if (!object)
		return rcInvalidArgument;
	err = make_handle(physvm_sys_dup(object->fd), clone);
	physvm_kn_handle_put(mdl);
	return physvm_kn_retcode(err);
}

static int size_of(const struct physvm_kn_object *mdl, rtl_size_t *size)
{
	struct stat status;
	int err = physvm_sys_fstat(mdl->fd, &status);

	if (!err)
		*size = (rtl_size_t)status.st_size;
	return err;
}

EXPORT Retcode KnPmmMdlGetSize(Handle mdl, rtl_size_t *size)
{
	const struct physvm_kn_object *object;
	int err;

	if (!size)
		return rcInvalidArgument;
	object = physvm_kn_handle_get(mdl, PHYSVM_KN_MDL);
	if (!object)
		return rcInvalidArgument;
	err = size_of(object, size);
	physvm_kn_handle_put(mdl);
	return physvm_kn_retcode(err);
}

/* Where and which part, and on success where it is. */
struct view {
	rtl_size_t offset;
	rtl_size_t length;
	uint32_t prot;
	void *addr;
};

static int check_view(const struct physvm_kn_object *mdl, const struct view *view)
{
	const rtl_size_t all = view->offset | view->length | (uintptr_t)view->addr;
	rtl_size_t size;
	int err = size_of(mdl, &size);

	if (err)
		return err;
	if (!view->length || all & (physvm_sys_page_size() - 1))
		return -EINVAL;
	return view->offset > size || view->length > size - view->offset ? -ENXIO : 0;
}

/* What is in the way of a preferred address is a reason to take another. */
static int place_view(const struct physvm_kn_object *mdl, struct view *view)
{
	const int exact = MAP_SHARED | MAP_FIXED_NOREPLACE;

	if (view->addr && !physvm_sys_mmap(mdl->fd, view->offset, view->length, (int)view->prot,
					   exact, &view->addr))
		return 0;
	view->addr = NULL;
	return physvm_sys_mmap(mdl->fd, view->offset, view->length, (int)view->prot, MAP_SHARED,
			       &view->addr);
}

/* Memory that came from elsewhere may be of an area that children do get. */
static int map_view(const struct physvm_kn_object *mdl, struct view *view)
{
	int err = check_view(mdl, view);

	if (!err)
		err = place_view(mdl, view);
	if (err)
		return err;
	err = physvm_sys_madvise(view->addr, view->length, MADV_DONTFORK);
	if (err)
		physvm_sys_munmap(view->addr, view->length);
	return err;
}

EXPORT Retcode KnPmmMdlMap(Handle mdl, rtl_size_t offset, rtl_size_t length, void *hint,
			   int vmflags, void **addr)
{
	struct view view = { offset, length, 0, hint };
	const struct physvm_kn_object *object;
	int err;

	if (physvm_kn_rights(vmflags, &view.prot) || !addr)
		return rcInvalidArgument;
	object = physvm_kn_handle_get(mdl, PHYSVM_KN_MDL);
	if (!object)
		return rcInvalidArgument;
	err = map_view(object, &view);
	physvm_kn_handle_put(mdl);
	if (!err)
		*addr = view.addr;
	return physvm_kn_retcode(err);
}
