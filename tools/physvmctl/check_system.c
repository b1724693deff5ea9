// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module, its device and the kernel it is in.
 */
#include "check.h"

#include <errno.h>
#include <grp.h>
#include <linux/physvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define MODULE "/sys/module/physvm"

static void read_line(const char *path, char *line, int size)
{
	FILE *file = fopen(path, "re");

	line[0] = '\0';
	if (!file)
		return;
	if (fgets(line, size, file))
		line[strcspn(line, "\n")] = '\0';
	fclose(file);
}

void check_module(struct patient *patient, struct finding *finding)
{
	struct utsname kernel;
	char version[32];

	uname(&kernel);
	if (access(MODULE, F_OK)) {
		found(finding, VERDICT_FAIL, "modprobe physvm", "not loaded, in kernel %s",
		      kernel.release);
		return;
	}
	read_line(MODULE "/version", version, sizeof(version));
	if (patient->ctl->nl)
		found(finding, VERDICT_OK, "", "version %s, in kernel %s", version, kernel.release);
	else
		found(finding, VERDICT_FAIL, "install the version this tool came with",
		      "version %s does not answer over netlink", version);
}

static void judge_mode(const struct stat *node, struct finding *finding)
{
	const unsigned int mode = node->st_mode & 0777;
	const struct group *group = getgrgid(node->st_gid);
	const char *name = group ? group->gr_name : "?";

	if (mode & 0006)
		found(finding, VERDICT_WARN, "let a udev rule give it a group and mode 0660",
		      "%s has mode %04o: everybody can take memory", PHYSVM_DEVICE, mode);
	else if (mode & 0060)
		found(finding, VERDICT_OK, "", "%s has mode %04o and group %s", PHYSVM_DEVICE,
		      mode, name);
	else
		found(finding, VERDICT_OK, "", "%s has mode %04o: for root only", PHYSVM_DEVICE,
		      mode);
}

void check_device(struct patient *patient, struct finding *finding)
{
	struct stat node;

	(void)patient;
	if (stat(PHYSVM_DEVICE, &node))
		found(finding, VERDICT_FAIL, "is the module loaded, and does udev run?", "%s: %s",
		      PHYSVM_DEVICE, strerror(errno));
	else if (!S_ISCHR(node.st_mode))
		found(finding, VERDICT_FAIL, "remove the file, and load the module again",
		      "%s is no device", PHYSVM_DEVICE);
	else
		judge_mode(&node, finding);
}

void check_huge_pages(struct patient *patient, struct finding *finding)
{
	char line[64];

	(void)patient;
	read_line("/sys/kernel/mm/transparent_hugepage/enabled", line, sizeof(line));
	if (!*line)
		found(finding, VERDICT_WARN,
		      "use a kernel with CONFIG_TRANSPARENT_HUGEPAGE and without PREEMPT_RT",
		      "the kernel cannot map blocks whole");
	else
		found(finding, VERDICT_OK, "", "the kernel can map blocks whole");
}

void check_memory_failure(struct patient *patient, struct finding *finding)
{
	(void)patient;
	if (access("/proc/sys/vm/memory_failure_recovery", F_OK))
		found(finding, VERDICT_WARN, "use a kernel with CONFIG_MEMORY_FAILURE",
		      "a page that breaks stops the machine");
	else
		found(finding, VERDICT_OK, "", "the kernel survives a page that breaks");
}
