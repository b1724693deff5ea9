// SPDX-License-Identifier: GPL-2.0-only
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "machine.h"
#include "sentinel.h"

#define NR_SENTINELS 4
#define ID 0xffffff

static const uint64_t lengths[NR_SENTINELS] = { PAGE, 5 * PAGE, BLOCK, 2 * PAGE };
static uint64_t *sentinels[NR_SENTINELS];

static void fill(unsigned int i)
{
	uint64_t word;

	for (word = 0; word < lengths[i] / sizeof(uint64_t); word++)
		sentinels[i][word] = tag_of(ID) + word;
}

/* Not for children: decommitting is for all who have the area. */
static bool post(int device, unsigned int i)
{
	struct physvm_alloc args = {
		.size = sizeof(args),
		.flags = PHYSVM_ALLOC_MAP | PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_DONTFORK,
		.length = lengths[i],
		.prot = PHYSVM_PROT_READ | PHYSVM_PROT_WRITE,
		.max_prot = PHYSVM_PROT_READ | PHYSVM_PROT_WRITE,
	};

	if (ioctl(device, PHYSVM_ALLOC, &args))
		return false;
	sentinels[i] = (uint64_t *)(uintptr_t)args.out_addr;
	fill(i);
	return true;
}

bool sentinels_post(int device)
{
	unsigned int i;

	for (i = 0; i < NR_SENTINELS; i++)
		if (!post(device, i))
			return false;
	return true;
}

static bool intact(unsigned int i)
{
	uint64_t word;

	for (word = 0; word < lengths[i] / sizeof(uint64_t); word++)
		if (sentinels[i][word] != tag_of(ID) + word)
			return false;
	return true;
}

bool sentinels_intact(void)
{
	unsigned int i;

	for (i = 0; i < NR_SENTINELS; i++)
		if (!intact(i))
			return false;
	return true;
}

void sentinels_dismiss(void)
{
	unsigned int i;

	for (i = 0; i < NR_SENTINELS; i++)
		munmap(sentinels[i], lengths[i]);
}
