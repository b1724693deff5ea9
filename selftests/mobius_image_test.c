// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas of the Möbius calls that show an executable image.
 */
#include "kselftest_harness.h"

#include "images.h"
#include "mobius.h"
#include "scratch.h"

#include <physvm.h>
#include <physvm_mobius.h>

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define RW (PROT_READ | PROT_WRITE)
#define IMAGE_PAGES (IMAGE_LENGTH / PAGE)

FIXTURE(image)
{
	int fd;
	char *hole;
	module_t *module;
};

FIXTURE_VARIANT(image)
{
	void (*make)(unsigned char file[IMAGE_FILE_SIZE]);
	addr_t base;
};

FIXTURE_VARIANT_ADD(image, pe)
{
	.make = pe_image,
	.base = PE_BASE,
};

FIXTURE_VARIANT_ADD(image, elf)
{
	.make = elf_image,
	.base = ELF_BASE,
};

static int image_file(void (*make)(unsigned char file[IMAGE_FILE_SIZE]))
{
	static unsigned char image[IMAGE_FILE_SIZE];
	int file = open_scratch(0);

	make(image);
	return write(file, image, sizeof(image)) == sizeof(image) ? file : -1;
}

FIXTURE_SETUP(image)
{
	int file = image_file(variant->make);

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->hole = free_addresses(64 * PAGE);
	ASSERT_LE(0, file);
	ASSERT_EQ(0, physvm_mobius_module(file, &self->module));
	close(file);
	ASSERT_EQ(EINVAL, ERRNO_OF(VmmFree(self->hole)));
}

FIXTURE_TEARDOWN(image)
{
	physvm_mobius_module_free(self->module);
}

static char *map(module_t *module, const void *start, size_t pages)
{
	return VmmMap(pages, start_of(start), module, NULL, VM_AREA_IMAGE, USER);
}

TEST_F(image, module_says_what_it_is)
{
	EXPECT_EQ(variant->base, self->module->base);
	EXPECT_EQ(IMAGE_LENGTH, self->module->length);
	EXPECT_EQ(PE_ENTRY, self->module->entry);
}

TEST_F(image, sections_are_in_their_places)
{
	const unsigned char *addr = (unsigned char *)map(self->module, self->hole, IMAGE_PAGES);

	ASSERT_EQ(self->hole, (char *)addr);
	EXPECT_EQ(0, used(self->fd));
	EXPECT_EQ(0x11, addr[IMAGE_TEXT]);
	EXPECT_EQ(0x22, addr[IMAGE_RODATA]);
	EXPECT_EQ(0, addr[IMAGE_RODATA + 0x200]);
	EXPECT_EQ(0x33, addr[IMAGE_DATA + 0x1233]);
	EXPECT_EQ(0, addr[IMAGE_DATA + 0x1234]);
	EXPECT_TRUE(all_zero(addr + IMAGE_BSS, PAGE));
}

TEST_F(image, sections_have_their_protection)
{
	char *addr = map(self->module, NULL, IMAGE_PAGES);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(PROT_READ | PROT_EXEC, query(self->fd, addr + IMAGE_TEXT).out_prot);
	EXPECT_EQ(SIGSEGV, write_signal(addr + IMAGE_TEXT));
	EXPECT_EQ(0, read_signal(addr + IMAGE_RODATA));
	EXPECT_EQ(SIGSEGV, write_signal(addr + IMAGE_RODATA));
	EXPECT_EQ(0, write_signal(addr + IMAGE_DATA));
	EXPECT_EQ(0, write_signal(addr + IMAGE_BSS));
	EXPECT_EQ(USER, node_at(addr + IMAGE_TEXT)->flags);
	EXPECT_EQ(USER_RW, node_at(addr + IMAGE_DATA)->flags);
}

TEST_F(image, node_of_an_image)
{
	char *addr = map(self->module, self->hole, IMAGE_PAGES);
	vm_node_t *node = node_at(addr + IMAGE_DATA);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(start_of(addr), node->base);
	EXPECT_EQ(IMAGE_PAGES, node->u.desc->num_pages);
	EXPECT_EQ(VM_AREA_IMAGE, node->u.desc->type);
	EXPECT_EQ(NULL, node->u.desc->dest.mod);
	EXPECT_TRUE(VmmFree(addr + IMAGE_DATA));
	EXPECT_TRUE(VMM_NODE_IS_EMPTY(node_at(addr)));
}

/* Writes stay with who wrote, also where the file has something. */
TEST_F(image, each_area_is_for_itself)
{
	char *one = map(self->module, NULL, IMAGE_PAGES), *two = map(self->module, NULL, IMAGE_PAGES);

	ASSERT_TRUE(one && two);
	one[IMAGE_DATA] = 99;
	EXPECT_EQ(0x33, two[IMAGE_DATA]);
}

TEST_F(image, more_pages_than_the_image)
{
	char *addr = map(self->module, self->hole, IMAGE_PAGES + 2);

	ASSERT_EQ(self->hole, addr);
	EXPECT_EQ(0, read_signal(addr + IMAGE_BSS));
	EXPECT_EQ(SIGSEGV, read_signal(addr + IMAGE_LENGTH));
	EXPECT_EQ(IMAGE_PAGES + 2, node_at(addr)->u.desc->num_pages);
}

TEST_F(image, module_may_be_freed)
{
	char *addr = map(self->module, NULL, IMAGE_PAGES);

	ASSERT_NE(NULL, addr);
	physvm_mobius_module_free(self->module);
	self->module = NULL;
	EXPECT_EQ(0x11, addr[IMAGE_TEXT]);
}

TEST_F(image, inside_reserved_addresses)
{
	char *reserved = VmmReserveArea(PAGES + 2, start_of(self->hole));

	ASSERT_NE(NULL, reserved);
	EXPECT_EQ(reserved + PAGE, map(self->module, reserved + PAGE, IMAGE_PAGES));
	EXPECT_EQ(0x11, reserved[PAGE + IMAGE_TEXT]);
	EXPECT_EQ(SIGSEGV, read_signal(reserved));
}

TEST_F(image, fault_on_demand)
{
	char *addr = map(self->module, NULL, IMAGE_PAGES + 1);
	process_t *process = physvm_mobius_process();

	ASSERT_NE(NULL, addr);
	EXPECT_TRUE(VmmPageFault(process, start_of(addr) + IMAGE_TEXT, false));
	EXPECT_FAILS(EFAULT, VmmPageFault(process, start_of(addr) + IMAGE_TEXT, true));
	EXPECT_FAILS(EFAULT, VmmPageFault(process, start_of(addr) + IMAGE_LENGTH, false));
}

TEST_F(image, bad_values)
{
	EXPECT_FAILS(EINVAL, map(NULL, NULL, IMAGE_PAGES));
	EXPECT_FAILS(EINVAL, map(self->module, NULL, IMAGE_PAGES - 1));
	EXPECT_FAILS(EINVAL, map(self->module, NULL, 0));
	EXPECT_FAILS(EACCES, map(self->module, (void *)map, IMAGE_PAGES));
	EXPECT_FAILS(EPERM, VmmMap(IMAGE_PAGES, 0, self->module, NULL, VM_AREA_IMAGE, 0));
	EXPECT_FAILS(EINVAL, VmmMap(IMAGE_PAGES, 0, self->module, NULL, VM_AREA_IMAGE,
				    VM_MEM_RESERVED));
	EXPECT_FAILS(EOPNOTSUPP, VmmMap(IMAGE_PAGES, 0, self->module, NULL, VM_AREA_IMAGE,
					USER | VM_MEM_CACHE_WT));
}

TEST_F(image, everything_goes_back)
{
	struct traces before = traces(self->fd), after;
	char *addr = map(self->module, NULL, IMAGE_PAGES);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(0, write_signal(addr + IMAGE_DATA));
	EXPECT_TRUE(VmmFree(addr));
	/* Who has read a page drops its reference a moment later. */
	EXPECT_TRUE(pool_at_baseline(self->fd));
	after = traces(self->fd);
	EXPECT_TRUE(same_traces(before, after));
}

static void damage(unsigned char file[IMAGE_FILE_SIZE])
{
	pe_image(file);
	memset(file, 0, 2);
}

TEST(no_image)
{
	module_t *module = (module_t *)7;
	int pipes[2], file = image_file(damage);

	ASSERT_EQ(0, pipe(pipes));
	EXPECT_EQ(-ENOEXEC, physvm_mobius_module(file, &module));
	EXPECT_EQ(-EBADF, physvm_mobius_module(-1, &module));
	EXPECT_EQ(-EINVAL, physvm_mobius_module(pipes[0], &module));
	EXPECT_EQ((module_t *)7, module);
	physvm_mobius_module_free(NULL);
}

/* Writable and executable at once: the module's policy decides. */
static void wx(unsigned char file[IMAGE_FILE_SIZE])
{
	pe_image(file);
	put32(file + PE_SECTION(0) + 36, pe_flags(PROT_READ | PROT_WRITE | PROT_EXEC));
}

TEST(policy_decides)
{
	struct physvm_info info = { .size = sizeof(info) };
	FIXTURE_DATA(image) fixture, *self = &fixture;
	module_t *module;
	char *addr;

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_EQ(0, call(self->fd, PHYSVM_INFO, &info));
	ASSERT_EQ(0, physvm_mobius_module(image_file(wx), &module));
	ASSERT_FALSE(VmmFree(NULL));
	if (info.out_features & PHYSVM_FEATURE_WX_DENY) {
		EXPECT_FAILS(EPERM, map(module, NULL, IMAGE_PAGES));
		return;
	}
	addr = map(module, NULL, IMAGE_PAGES);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(PHYSVM_PROT_VALID, query(self->fd, addr + IMAGE_TEXT).out_prot);
}

TEST_HARNESS_MAIN
