// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A graphics driver for KasperskyOS in small: finds memory of a PCI device that
 * may be write-combined, draws a picture into it and looks whether it is there.
 *
 * usage: framebuffer [DEVICE]		a folder of /sys/bus/pci/devices
 *
 * Without DEVICE it takes the first device without a driver that has such memory.
 */
#include <coresrv/io/mmio.h>
#include <rtl/align.h>

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DEVICES "/sys/bus/pci/devices"
#define WIDTH 320
#define HEIGHT 200
#define PICTURE_SIZE (WIDTH * HEIGHT * sizeof(rtl_uint32_t))

/* From the kernel's linux/ioport.h, which programs do not get. */
#define RESOURCE_MEM 0x200
#define RESOURCE_PREFETCH 0x2000

struct bar {
	uint64_t start;
	uint64_t end;
	uint64_t flags;
};

struct framebuffer {
	Handle region;
	Handle mapping;
	volatile rtl_uint32_t *pixels;
};

static int is_picture_memory(const struct bar *bar)
{
	return bar->flags & RESOURCE_MEM && bar->flags & RESOURCE_PREFETCH &&
	       bar->end - bar->start >= PICTURE_SIZE;
}

/* The first memory of a device that will do; a line a BAR. */
static int find_memory(const char *device, struct bar *bar)
{
	char path[512];
	int found = 0;
	FILE *list;

	snprintf(path, sizeof(path), DEVICES "/%s/resource", device);
	list = fopen(path, "r");
	if (!list)
		return 0;
	while (!found && fscanf(list, "%" SCNx64 " %" SCNx64 " %" SCNx64,
				&bar->start, &bar->end, &bar->flags) == 3)
		found = is_picture_memory(bar);
	fclose(list);
	return found;
}

static int has_driver(const char *device)
{
	char path[512];

	snprintf(path, sizeof(path), DEVICES "/%s/driver", device);
	return !access(path, F_OK);
}

static int find_device(struct bar *bar)
{
	DIR *devices = opendir(DEVICES);
	struct dirent *entry;
	int found = 0;

	while (devices && !found && (entry = readdir(devices)))
		found = entry->d_name[0] != '.' && !has_driver(entry->d_name) &&
			find_memory(entry->d_name, bar);
	if (devices)
		closedir(devices);
	return found;
}

static Retcode framebuffer_open(struct framebuffer *fb, uint64_t phys)
{
	rtl_size_t size = rtl_align_up(PICTURE_SIZE, 4096);
	void *addr;
	Retcode rc = KnRegisterPhyMem(phys, size, &fb->region);

	if (rc != rcOk)
		return rc;
	rc = KnIoMapMem(fb->region, VMM_FLAG_READ | VMM_FLAG_WRITE, VMM_FLAG_WRITE_COMBINE,
			&addr, &fb->mapping);
	if (rc == rcOk)
		fb->pixels = addr;
	else
		KnIoClose(fb->region);
	return rc;
}

static Retcode framebuffer_close(struct framebuffer *fb)
{
	Retcode rc = KnIoClose(fb->mapping);

	return KnIoClose(fb->region) == rcOk ? rc : rcFail;
}

/* Red to the right, green downwards, and a blue frame. */
static rtl_uint32_t color(unsigned int x, unsigned int y)
{
	if (!x || !y || x == WIDTH - 1 || y == HEIGHT - 1)
		return 0xff;
	return x * 255 / WIDTH << 16 | y * 255 / HEIGHT << 8;
}

static void draw(struct framebuffer *fb)
{
	for (unsigned int y = 0; y < HEIGHT; y++)
		for (unsigned int x = 0; x < WIDTH; x++)
			fb->pixels[y * WIDTH + x] = color(x, y);
	__sync_synchronize();	/* what was combined is written now */
}

static unsigned int right_pixels(const struct framebuffer *fb)
{
	unsigned int right = 0;

	for (unsigned int y = 0; y < HEIGHT; y++)
		for (unsigned int x = 0; x < WIDTH; x++)
			right += fb->pixels[y * WIDTH + x] == color(x, y);
	return right;
}

static const char *reason(Retcode rc)
{
	switch (rc) {
	case rcSecurityDisallow: return "not permitted";
	case rcAlreadyExists: return "registered already";
	case rcBusy: return "a driver has it, or it is mapped in another cache mode";
	case rcDeviceNotFound: return "no physvm";
	default: return "failed";
	}
}

int main(int argc, char **argv)
{
	struct framebuffer fb;
	unsigned int right;
	struct bar bar;
	Retcode rc;

	if (!(argc > 1 ? find_memory(argv[1], &bar) : find_device(&bar))) {
		fprintf(stderr, "framebuffer: no device with such memory\n");
		return 1;
	}
	rc = framebuffer_open(&fb, bar.start);
	if (rc != rcOk) {
		fprintf(stderr, "framebuffer: %#" PRIx64 ": %s\n", bar.start, reason(rc));
		return 1;
	}
	draw(&fb);
	right = right_pixels(&fb);
	printf("%u of %u pixels at %#" PRIx64 " are right\n", right, WIDTH * HEIGHT, bar.start);
	if (framebuffer_close(&fb) != rcOk)
		return 1;
	return right != WIDTH * HEIGHT;
}
