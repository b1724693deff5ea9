// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges of physical addresses: is it RAM the kernel has?
 */
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "physrange.h"

/*
 * Is it memory the kernel has a struct page for, RAM or not? Of frames that only
 * lie in a section with RAM it has some as well, marked reserved.
 */
static bool is_page(unsigned long pfn)
{
	struct page *page;

	if (!pfn_valid(pfn))
		return false;
	page = pfn_to_page(pfn);
	return !PageReserved(page) || is_zone_device_page(page);
}

static int check_frames(unsigned long pfn, unsigned long end)
{
	while (pfn < end) {
		if (is_page(pfn))
			return -ENXIO;
		if (fatal_signal_pending(current))
			return -EINTR;
		pfn = pfn_valid(pfn) ? pfn + 1 : ALIGN(pfn + 1, PAGES_PER_SUBSECTION);
		cond_resched();
	}
	return 0;
}

/**
 * physrange_check_not_ram() - See that nothing of a range is System RAM
 * @phys: first byte
 * @length: bytes, not 0; the sum does not overflow
 *
 * Memory that becomes System RAM after this look is not to be had either: it is
 * busy then, or cannot be plugged in because the range was requested before.
 *
 * Return: 0; ENXIO; EINTR when killed.
 */
int physrange_check_not_ram(u64 phys, u64 length)
{
	if (phys + length - 1 > iomem_resource.end ||
	    region_intersects(phys, length, IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) != REGION_DISJOINT)
		return -ENXIO;
	return check_frames(PHYS_PFN(phys), PHYS_PFN(phys + length));
}
