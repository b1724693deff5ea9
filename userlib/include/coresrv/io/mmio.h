/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Memory of devices, for drivers of KasperskyOS.
 */
#ifndef CORESRV_IO_MMIO_H
#define CORESRV_IO_MMIO_H

#include <coresrv/handle/handle_api.h>
#include <rtl/retcode.h>
#include <rtl/types.h>
#include <vmm/flags.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An older name of what a registered region is known by. */
typedef Handle RID;

/**
 * KnRegisterPhyMem() - Take a range of physical addresses of devices
 * @addr: physical address of the first page
 * @size: bytes, whole pages; not 0
 * @outRid: set on success
 *
 * Nobody else has the range meanwhile, in this process or another: neither a
 * driver nor a second registration of any part.  Needs CAP_SYS_RAWIO.  It ends
 * with KnIoClose() or KnHandleClose(), or with the process; but not before the
 * last mapping made out of it is gone.
 *
 * Return: rcOk, or rcInvalidArgument when the range is unaligned, is or has in
 * it System RAM, to which the pool belongs, or leads beyond the addresses of the
 * machine; rcSecurityDisallow without the capability; rcBusy when a driver has
 * some of it; rcAlreadyExists when some of it is registered; rcQuotaExceeded
 * when no descriptor or no handle is left.  The others are those of all calls,
 * see <coresrv/vmm/vmm_api.h>.
 */
Retcode KnRegisterPhyMem(rtl_uint64_t addr, rtl_size_t size, Handle *outRid);

/**
 * KnIoMapMem() - Map a registered region
 * @rid: handle from KnRegisterPhyMem()
 * @prot: VMM_FLAG_READ, VMM_FLAG_WRITE, both, or VMM_FLAG_RWX_MASK
 * @attr: at most one cache mode, VMM_FLAG_LOW_GUARD, VMM_FLAG_HIGH_GUARD,
 *	VMM_FLAG_ALIAS
 * @addr: set to where the region begins, on success
 * @handle: set to the handle of the mapping on success; or RTL_NULL for none.
 *	May be left out altogether, as in older programs
 *
 * No cache mode is VMM_FLAG_CACHE_DISABLE.  What is asked for is given or the
 * call fails.  The mode is the same in all mappings of a page at a time.
 *
 * A region may be mapped several times, at the same time too, with and without
 * VMM_FLAG_ALIAS.
 *
 * The mapping stays when @rid is closed.  It ends when @handle is closed, by
 * KnIoClose() or KnHandleClose(), or by KnVmUnmap(), after which closing @handle
 * does nothing more.  A forked child does not have it.
 *
 * Return: rcOk, or rcInvalidArgument when @rid is no region, for @prot without a
 * bit or with VMM_FLAG_EXECUTE but not VMM_FLAG_READ, for two cache modes and for
 * any other flag; rcBusy when another mapping, or the machine for these
 * addresses, rules the cache mode out; rcUnimplemented when the machine has no
 * such cache mode; rcSecurityDisallow when a policy forbids WRITE with EXECUTE;
 * rcOutOfMemory, rcQuotaExceeded.
 */
Retcode KnIoMapMem(Handle rid, rtl_uint32_t prot, rtl_uint32_t attr, void **addr, Handle *handle);

/*
 * With four arguments, too: the macro chosen by their number adds the last.  The
 * parentheses, like an & before it, lead to the function itself.
 */
#define PHYSVM_KN_IO_MAP_4(rid, prot, attr, addr) \
	(KnIoMapMem)(rid, prot, attr, addr, RTL_NULL)
#define PHYSVM_KN_IO_MAP_5(rid, prot, attr, addr, handle) \
	(KnIoMapMem)(rid, prot, attr, addr, handle)
#define PHYSVM_KN_IO_SIXTH(a, b, c, d, e, name, ...) name
#define KnIoMapMem(...) \
	PHYSVM_KN_IO_SIXTH(__VA_ARGS__, PHYSVM_KN_IO_MAP_5, PHYSVM_KN_IO_MAP_4, \
			   KnIoMapMem_needs_four_or_five_arguments, \
			   KnIoMapMem_needs_four_or_five_arguments, \
			   KnIoMapMem_needs_four_or_five_arguments, 0)(__VA_ARGS__)

/**
 * KnIoClose() - Give a region or a mapping back
 * @handle: from KnRegisterPhyMem() or KnIoMapMem()
 *
 * A mapping is unmapped, as far as it is still there.  The mappings of a region
 * stay, and keep the range from others.
 *
 * Return: rcOk, or rcInvalidArgument when there is no such handle, or not any
 * more, or it is of another kind.
 */
Retcode KnIoClose(Handle handle);

#ifdef __cplusplus
}
#endif

#endif /* CORESRV_IO_MMIO_H */
