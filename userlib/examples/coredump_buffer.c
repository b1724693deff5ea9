// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A KasperskyOS program: sets memory for a dump aside while there is some,
 * fills it, seals it, and gives it back.
 */
#include <coresrv/vmm/vmm_api.h>
#include <hal/page.h>
#include <rtl/align.h>

#include <stdio.h>
#include <string.h>

struct coredump {
	char *base;
	rtl_size_t size;
	rtl_size_t used;
};

/* LOCKED, because a crash is no time to find out that memory is short. */
static Retcode coredump_reserve(struct coredump *dump, rtl_size_t size)
{
	dump->size = rtl_align_up(size, PAGE_SIZE);
	dump->used = 0;
	dump->base = KnVmAllocate(RTL_NULL, dump->size,
				  VMM_FLAG_RESERVE | VMM_FLAG_COMMIT | VMM_FLAG_LOCKED |
				  VMM_FLAG_READ | VMM_FLAG_WRITE | VMM_FLAG_HIGH_GUARD);
	return dump->base == RTL_NULL ? rcOutOfMemory : rcOk;
}

static Retcode coredump_append(struct coredump *dump, const void *data, rtl_size_t size)
{
	if (size > dump->size - dump->used)
		return rcBufferTooSmall;
	memcpy(dump->base + dump->used, data, size);
	dump->used += size;
	return rcOk;
}

static Retcode coredump_seal(struct coredump *dump)
{
	return KnVmProtect(dump->base, dump->size, VMM_FLAG_READ);
}

static Retcode coredump_release(struct coredump *dump)
{
	return KnVmUnmap(dump->base, dump->size);
}

int main(void)
{
	static const char registers[] = "pc=0x1000 sp=0x2000";
	struct coredump dump;
	Retcode rc;

	rc = coredump_reserve(&dump, 100000);
	if (rc != rcOk) {
		perror("coredump_buffer: cannot reserve");
		return 1;
	}
	rc = coredump_append(&dump, registers, sizeof(registers));
	if (rc == rcOk)
		rc = coredump_seal(&dump);
	if (rc == rcOk)
		printf("%zu of %zu bytes used: %s\n", dump.used, dump.size, dump.base);
	if (coredump_release(&dump) != rcOk || rc != rcOk) {
		fprintf(stderr, "coredump_buffer: failed\n");
		return 1;
	}
	return 0;
}
