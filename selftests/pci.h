/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of PCI devices: where it is, and a second way to it.
 */
#ifndef PHYSVM_SELFTESTS_PCI_H
#define PHYSVM_SELFTESTS_PCI_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* QEMU's device for teaching, and its memory shared with nobody. */
#define EDU "0x1234 0x11e8"
#define EDU_BAR 0
#define SHARED "0x1af4 0x1110"
#define SHARED_BAR 2

struct bar {
	uint64_t phys;
	uint64_t length;	/* 0 where there is none */
	char resource[300];	/* mmap(2) of this file shows it, too */
};

static inline bool pci_has_id(const char *dir, const char *id)
{
	static const char *const files[] = { "vendor", "device" };
	char path[300], found[2][16] = { "", "" }, both[40];
	int i;

	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%.280s/%s", dir, files[i]);
		FILE *file = fopen(path, "r");

		if (file && fscanf(file, "%15s", found[i]) != 1)
			found[i][0] = '\0';
		if (file)
			fclose(file);
	}
	snprintf(both, sizeof(both), "%s %s", found[0], found[1]);
	return !strcmp(both, id);
}

static inline struct bar pci_read_bar(const char *dir, int number)
{
	struct bar bar = {};
	unsigned long long start = 0, end = 0;
	char path[300];
	FILE *file;
	int i;

	snprintf(path, sizeof(path), "%.280s/resource", dir);
	file = fopen(path, "r");
	for (i = 0; file && i <= number; i++)
		if (fscanf(file, "%llx %llx %*x", &start, &end) != 2)
			start = end = 0;
	if (file)
		fclose(file);
	snprintf(bar.resource, sizeof(bar.resource), "%.280s/resource%d", dir, number);
	bar.phys = start;
	bar.length = end ? end + 1 - start : 0;
	return bar;
}

/* Memory of the first device with @id, "0xVENDOR 0xDEVICE", after so many. */
static inline struct bar pci_find_other_bar(const char *id, int number, int others)
{
	static const char devices[] = "/sys/bus/pci/devices";
	struct bar bar = {};
	DIR *dir = opendir(devices);
	struct dirent *entry;
	char path[280];

	while (dir && !bar.length && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%.200s", devices, entry->d_name);
		if (entry->d_name[0] != '.' && pci_has_id(path, id) && !others--)
			bar = pci_read_bar(path, number);
	}
	if (dir)
		closedir(dir);
	return bar;
}

static inline struct bar pci_find_bar(const char *id, int number)
{
	return pci_find_other_bar(id, number, 0);
}

#endif
