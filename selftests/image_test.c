// SPDX-License-Identifier: GPL-2.0-only
/*
 * Executable images as areas, and files as memory: what the library maps.
 */
#include "kselftest_harness.h"

#include <physvm_image.h>
#include <sys/stat.h>

#include "child.h"
#include "file_area.h"
#include "image_file.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

FIXTURE(image)
{
	struct physvm *physvm;
	int fd;
	unsigned char file[IMAGE_FILE_SIZE];
	int source;
	struct physvm_image *image;
	char *base;
};

FIXTURE_VARIANT(image)
{
	void (*make)(unsigned char *file);
	uint32_t format;
	uint64_t preferred;
};

FIXTURE_VARIANT_ADD(image, pe)
{
	.make = pe_image,
	.format = PHYSVM_IMAGE_PE,
	.preferred = PE_BASE,
};

FIXTURE_VARIANT_ADD(image, elf)
{
	.make = elf_image,
	.format = PHYSVM_IMAGE_ELF,
	.preferred = ELF_BASE,
};

/* mov eax, 42; ret */
static const unsigned char code[] = { 0xb8, 0x2a, 0, 0, 0, 0xc3 };

FIXTURE_SETUP(image)
{
	void *base;

	ASSERT_EQ(0, physvm_open(&self->physvm));
	self->fd = physvm_fd(self->physvm);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	variant->make(self->file);
	memcpy(self->file + IMAGE_FILE_TEXT + PE_ENTRY - IMAGE_TEXT, code, sizeof(code));
	self->source = memory_file(self->file, sizeof(self->file));
	ASSERT_LE(0, self->source);
	ASSERT_EQ(0, physvm_image_read(self->source, &self->image));
	ASSERT_EQ(0, physvm_image_map(self->physvm, self->image, self->source, NULL, 0, &base));
	self->base = base;
}

FIXTURE_TEARDOWN(image)
{
	EXPECT_EQ(0, physvm_unmap(self->physvm, self->base, self->image->length));
	physvm_image_free(self->image);
	close(self->source);
	EXPECT_TRUE(pool_at_baseline(self->fd));
	physvm_close(self->physvm);
}

static bool all_are(const char *addr, size_t length, char value)
{
	size_t i = 0;

	while (i < length && addr[i] == value)
		i++;
	return i == length;
}

TEST_F(image, contents)
{
	const char *base = self->base;

	EXPECT_EQ(PHYSVM_AREA_IMAGE, query(self->fd, base).out_type);
	EXPECT_EQ(0, memcmp(base, self->file, IMAGE_HEADERS));
	EXPECT_TRUE(all_zero(base + IMAGE_HEADERS, PAGE - IMAGE_HEADERS));
	EXPECT_EQ(0, memcmp(base + IMAGE_TEXT, self->file + IMAGE_FILE_TEXT, 0x600));
	EXPECT_TRUE(all_zero(base + IMAGE_TEXT + 0x600, PAGE - 0x600));
	EXPECT_TRUE(all_are(base + IMAGE_RODATA, 0x200, 0x22));
	EXPECT_TRUE(all_zero(base + IMAGE_RODATA + 0x200, 2 * PAGE - 0x200));
	EXPECT_TRUE(all_are(base + IMAGE_DATA, 0x1234, 0x33));
	EXPECT_EQ(0, base[IMAGE_DATA + 0x1234]);
	EXPECT_TRUE(all_zero(base + IMAGE_DATA + 0x1238, 2 * PAGE - 0x1238));
	EXPECT_TRUE(all_zero(base + IMAGE_BSS, PAGE));
	EXPECT_EQ(42, ((int (*)(void))(base + self->image->entry))());
}

static sigjmp_buf jump;

static void jump_back(int signal)
{
	siglongjmp(jump, signal);
}

/* The signal that calling it raises, or 0. */
static int call_signal(const char *addr)
{
	struct sigaction action = { .sa_handler = jump_back }, before;
	int signal;

	sigaction(SIGSEGV, &action, &before);
	signal = sigsetjmp(jump, 1);
	if (!signal)
		((int (*)(void))addr)();
	sigaction(SIGSEGV, &before, NULL);
	return signal;
}

TEST_F(image, protection)
{
	char *base = self->base;
	unsigned char file[IMAGE_FILE_SIZE];

	EXPECT_EQ(SIGSEGV, write_signal(base));
	EXPECT_EQ(SIGSEGV, write_signal(base + IMAGE_TEXT));
	EXPECT_EQ(SIGSEGV, write_signal(base + IMAGE_RODATA));
	EXPECT_EQ(SIGSEGV, write_signal(base + IMAGE_RODATA + 2 * PAGE - 1));
	EXPECT_EQ(0, write_signal(base + IMAGE_DATA));
	EXPECT_EQ(0, write_signal(base + IMAGE_DATA + 2 * PAGE - 1));
	EXPECT_EQ(0, write_signal(base + IMAGE_BSS));
	memcpy(base + IMAGE_DATA, code, sizeof(code));
	EXPECT_EQ(SIGSEGV, call_signal(base + IMAGE_DATA));
	EXPECT_EQ(0, call_signal(base + IMAGE_TEXT + 0x10));
	ASSERT_EQ(IMAGE_FILE_SIZE, pread(self->source, file, sizeof(file), 0));
	EXPECT_EQ(0, memcmp(file, self->file, sizeof(file)));
	/* As a loader would do that relocates. */
	ASSERT_EQ(0, physvm_protect(self->physvm, base + IMAGE_TEXT, PAGE, RW));
	base[IMAGE_TEXT + 0x11] = 43;
	ASSERT_EQ(0, physvm_protect(self->physvm, base + IMAGE_TEXT, PAGE,
				    PROT_READ | PROT_EXEC));
	EXPECT_EQ(43, ((int (*)(void))(base + IMAGE_TEXT + 0x10))());
}

/* Between sections there is no access. */
TEST_F(image, gap)
{
	struct physvm_image *image;
	void *base;
	int source;

	put32(self->file + (variant->format == PHYSVM_IMAGE_PE ?
			    PE_SECTION(1) + 8 : ELF_HEADER(3) + 40), 0x400);
	source = memory_file(self->file, sizeof(self->file));
	ASSERT_EQ(0, physvm_image_read(source, &image));
	ASSERT_EQ(0, physvm_image_map(self->physvm, image, source, NULL, 0, &base));
	close(source);
	EXPECT_EQ(0, read_signal((char *)base + IMAGE_RODATA));
	EXPECT_EQ(SIGSEGV, read_signal((char *)base + IMAGE_RODATA + PAGE));
	EXPECT_EQ(0, read_signal((char *)base + IMAGE_DATA));
	EXPECT_EQ(0, physvm_unmap(self->physvm, base, image->length));
	physvm_image_free(image);
}

TEST_F(image, at_an_address)
{
	char *room = free_addresses(IMAGE_LENGTH);
	void *base;

	ASSERT_EQ(0, physvm_image_map(self->physvm, self->image, self->source, room,
				      PHYSVM_ALLOC_LOW_GUARD | PHYSVM_ALLOC_HIGH_GUARD, &base));
	EXPECT_EQ(room, base);
	EXPECT_EQ(SIGSEGV, read_signal(room - 1));
	EXPECT_EQ(0, read_signal(room));
	EXPECT_EQ(-EEXIST, physvm_image_map(self->physvm, self->image, self->source,
					    room + PAGE, 0, &base));
	EXPECT_EQ(0, physvm_unmap(self->physvm, room, IMAGE_LENGTH));
}

static int map_error(struct physvm *physvm, const struct physvm_image *image, int source,
		     void *addr, uint32_t flags)
{
	void *base;
	int err = physvm_image_map(physvm, image, source, addr, flags, &base);

	if (!err)
		physvm_unmap(physvm, base, image->length);
	return err;
}

TEST_F(image, mapping_that_is_refused)
{
	int ends[2];

	ASSERT_EQ(0, pipe2(ends, O_CLOEXEC));
	EXPECT_REFUSED(-EBADF, self->fd, map_error(self->physvm, self->image, -1, NULL, 0));
	EXPECT_REFUSED(-EINVAL, self->fd, map_error(self->physvm, self->image, ends[0], NULL, 0));
	EXPECT_REFUSED(-EINVAL, self->fd, map_error(self->physvm, self->image, self->source,
						    (char *)NULL + PAGE + 1, 0));
	EXPECT_REFUSED(-EINVAL, self->fd, map_error(self->physvm, self->image, self->source,
						    NULL, PHYSVM_ALLOC_COMMIT));
	close(ends[0]);
	close(ends[1]);
}

/* Writable and executable: what the module says, and then all of it or nothing. */
TEST_F(image, writable_code)
{
	struct physvm_info info = { .size = sizeof(info) };
	struct physvm_image *image;
	int source;

	put32(self->file + (variant->format == PHYSVM_IMAGE_PE ?
			    PE_SECTION(2) + 36 : ELF_HEADER(4) + 4),
	      variant->format == PHYSVM_IMAGE_PE ? pe_flags(7) : PF_R | PF_W | PF_X);
	source = memory_file(self->file, sizeof(self->file));
	ASSERT_EQ(0, physvm_image_read(source, &image));
	EXPECT_EQ(PHYSVM_PROT_VALID, image->sections[3].prot);
	ASSERT_EQ(0, physvm_info(self->physvm, &info));
	EXPECT_REFUSED(info.out_features & PHYSVM_FEATURE_WX_DENY ? -EPERM : 0, self->fd,
		       map_error(self->physvm, image, source, NULL, 0));
	physvm_image_free(image);
	close(source);
}

static int map_count(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	int count = 0, byte;

	while ((byte = getc(maps)) != EOF)
		count += byte == '\n';
	fclose(maps);
	return count;
}

static bool set_max_maps(int count)
{
	FILE *file = fopen("/proc/sys/vm/max_map_count", "we");
	bool written;

	if (!file)
		return false;
	written = fprintf(file, "%d\n", count) > 0;
	return !fclose(file) && written;
}

/* The protection of some section cannot be set: nothing is mapped. */
TEST_F(image, out_of_mappings)
{
	int spare, refused = 0, err;

	for (spare = 0; spare < 10; spare++) {
		struct traces before = traces(self->fd), after;

		ASSERT_TRUE(set_max_maps(map_count() + spare));
		err = map_error(self->physvm, self->image, self->source, NULL, 0);
		ASSERT_TRUE(set_max_maps(65530));
		after = traces(self->fd);
		EXPECT_TRUE(same_traces(before, after));
		EXPECT_TRUE(!err || err == -ENOMEM);
		refused += !!err;
	}
	EXPECT_LT(3, refused);
	EXPECT_GT(10, refused);
}

/* A real one: this program. */
TEST(own_executable)
{
	int source = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct physvm *physvm;
	struct physvm_image *image;
	char *bytes;
	void *base;
	uint32_t i;

	ASSERT_EQ(0, physvm_open(&physvm));
	ASSERT_EQ(0, physvm_image_read(source, &image));
	EXPECT_LE(3, image->nr_sections);
	ASSERT_EQ(0, physvm_image_map(physvm, image, source, NULL, 0, &base));
	for (i = 0; i < image->nr_segments; i++) {
		const struct physvm_segment *segment = &image->segments[i];

		bytes = malloc(segment->length);
		ASSERT_EQ(segment->length, pread(source, bytes, segment->length,
						 segment->file_offset));
		EXPECT_EQ(0, memcmp(bytes, (char *)base + segment->offset, segment->length));
		free(bytes);
	}
	EXPECT_EQ(0, physvm_unmap(physvm, base, image->length));
	physvm_image_free(image);
	close(source);
	EXPECT_TRUE(pool_at_baseline(physvm_fd(physvm)));
	physvm_close(physvm);
}

/* physvm_map_file() */

TEST(map_file)
{
	char path[] = "/tmp/file-XXXXXX";
	int source = make_file(path, PAGE + 100);
	struct physvm *physvm;
	void *addr = NULL;
	char *bytes;

	ASSERT_LE(0, source);
	ASSERT_EQ(0, physvm_open(&physvm));
	ASSERT_EQ(0, physvm_map_file(physvm, source, 0, RW, PHYSVM_ALLOC_HIGH_GUARD, &addr));
	bytes = addr;
	EXPECT_EQ(PAGE + 100, same_bytes(bytes, 0, PAGE + 100, 0));
	EXPECT_TRUE(all_are(bytes + PAGE + 100, PAGE - 100, 0));
	EXPECT_EQ(0, write_signal(bytes));
	EXPECT_EQ(SIGSEGV, read_signal(bytes + 2 * PAGE));
	EXPECT_EQ(0, physvm_unmap(physvm, addr, 2 * PAGE));

	ASSERT_EQ(0, physvm_map_file(physvm, source, 4 * PAGE, PROT_READ, 0, &addr));
	bytes = addr;
	EXPECT_EQ(SIGSEGV, write_signal(bytes));
	EXPECT_EQ(0, read_signal(bytes + PAGE));
	EXPECT_EQ(SIGBUS, read_signal(bytes + 2 * PAGE));
	EXPECT_EQ(0, physvm_unmap(physvm, addr, 4 * PAGE));

	EXPECT_EQ(-EINVAL, physvm_map_file(physvm, source, 1, RW, 0, &addr));
	EXPECT_EQ(-EINVAL, physvm_map_file(physvm, source, 0, RW, PHYSVM_ALLOC_COMMIT, &addr));
	EXPECT_EQ(-EINVAL, physvm_map_file(physvm, source, 0, RW, PHYSVM_ALLOC_FD, &addr));
	EXPECT_EQ(-EBADF, physvm_map_file(physvm, -1, 0, RW, 0, &addr));
	ASSERT_EQ(0, ftruncate(source, 0));
	EXPECT_EQ(-EINVAL, physvm_map_file(physvm, source, 0, RW, 0, &addr));
	EXPECT_EQ(bytes, addr);
	EXPECT_EQ(-EINVAL, physvm_map(physvm, PAGE, RW, PHYSVM_ALLOC_FILE, &addr));
	close(source);
	unlink(path);
	EXPECT_TRUE(pool_at_baseline(physvm_fd(physvm)));
	physvm_close(physvm);
}

TEST_HARNESS_MAIN
