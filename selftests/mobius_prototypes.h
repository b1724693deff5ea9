/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Möbius' own headers declare, once as its kernel has it and once as its
 * programs do. Compiled behind <mobius/vmm.h>, as C and as C++: whatever is not
 * the same is an error.
 */
#ifdef __cplusplus
extern "C" {
#endif

/* The kernel's */
void *VmmMap(size_t pages, addr_t start, void *dest1, void *dest2, unsigned type, uint32_t flags);
void *VmmAllocCallback(size_t pages, addr_t start, uint32_t flags, VMM_CALLBACK handler,
		       void *cookie);
void VmmFreeNode(vm_node_t *node);
bool VmmPageFault(process_t *proc, addr_t start, bool is_writing);
vm_node_t *VmmLookupNode(int level, vm_node_t *parent, const void *ptr);
void *VmmAlloc(size_t pages, addr_t base, uint32_t flags);
bool VmmFree(void *base);
void *VmmMapSharedArea(vm_desc_t *desc, addr_t base, uint32_t flags);
void *VmmMapFile(file_handle_t *fh, addr_t base, size_t pages, uint32_t flags);
void *VmmReserveArea(size_t pages, addr_t base);
vm_desc_t *VmmShare(void *base, const wchar_t *name);

/* Programs' */
void *VmmAlloc(size_t pages, addr_t start, uint32_t flags);
bool VmmFree(void *base);
void *VmmMapSharedArea(handle_t hnd, addr_t start, uint32_t flags);
void *VmmMapFile(handle_t file, addr_t start, size_t pages, uint32_t flags);
void *VmmReserveArea(size_t pages, addr_t start);
handle_t VmmShare(void *base, const wchar_t *name);
handle_t VmmOpenSharedArea(const wchar_t *name);
bool HndClose(handle_t hnd);

#ifdef __cplusplus
}
#endif

static bool callback(void *cookie, vm_node_t *node, addr_t start, bool is_writing)
{
	return cookie && !VMM_NODE_IS_EMPTY(node) && PAGE_ALIGN(start) && !is_writing;
}

/* Calls as the kernel makes them. */
static inline vm_desc_t *in_kernel(process_t *process, file_handle_t *file, module_t *module)
{
	vm_node_t *node = VmmLookupNode(0, process->vmm_top, process);
	vm_desc_t *desc = VmmShare((void *)node->base, L"name");

	VmmMap(1, node->base, file, NULL, VM_AREA_FILE, node->flags & VM_MEM_NODE_MASK);
	VmmMap(1, PAGE_ALIGN_UP(node->base), module, NULL, VM_AREA_IMAGE, VM_MEM_USER);
	VmmMap(1, 0, (void *)callback, process, VM_AREA_CALLBACK, VM_MEM_USER | VM_MEM_ZERO);
	VmmAllocCallback(1, 0, VM_MEM_READ, callback, process);
	VmmMapFile(file, 0, node->u.empty_pages, VM_MEM_CACHE_WT | VM_MEM_LITERAL);
	VmmMapSharedArea(desc, 0, VM_MEM_CACHE_NONE | VM_MEM_WRITE);
	if (!VmmPageFault(process, node->base, false))
		VmmFreeNode(node);
	return node->u.desc;
}

/* And as programs do. */
static inline bool in_program(handle_t file)
{
	void *base = VmmAlloc(1, 0, VM_MEM_USER | VM_MEM_READ | VM_MEM_WRITE);
	handle_t shared = VmmShare(base, L"name"), opened = VmmOpenSharedArea(L"name");

	VmmMapFile(file, 0, 1, 3 | VM_MEM_READ);
	VmmMapSharedArea(opened, 0, 3 | VM_MEM_READ);
	VmmReserveArea(1, (addr_t)base + PAGE_SIZE);
	return HndClose(shared) && HndClose(opened) && HndClose(file) && VmmFree(base);
}
