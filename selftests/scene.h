/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of several users, for what shows it: the tests of physvmctl and its
 * documentation. Include after util.h and name.h.
 */
#ifndef PHYSVM_SELFTESTS_SCENE_H
#define PHYSVM_SELFTESTS_SCENE_H

#include "child.h"
#include "name.h"
#include "region.h"
#include "util.h"

#define SCENE_NOBODY 65534

#define SCENE_FRAMES_SIZE (8ul << 20)
#define SCENE_LATER_SIZE (4ul << 20)
#define SCENE_BOARD_SIZE (64ul << 10)
#define SCENE_NOBODYS_SIZE (2ul << 20)
#define SCENE_NAME "Readings"

/**
 * struct scene - what is there
 * @frames: root's, committed, write-combining and in one run
 * @later: root's, in one run and reserved only
 * @board: root's, and has the name
 * @region: root's
 * @nobody: a process of nobody, who has an area
 */
struct scene {
	char *frames;
	char *later;
	char *board;
	struct region region;
	pid_t nobody;
};

static inline char *scene_area(int fd, const char *label, uint64_t size, uint32_t flags,
			       uint32_t cache)
{
	struct physvm_alloc args = alloc_args(size, flags);

	args.cache = cache;
	memcpy(args.label, label, strlen(label));
	return ioctl(fd, PHYSVM_ALLOC, &args) ? NULL : (char *)(uintptr_t)args.out_addr;
}

/* The descriptor was opened by root, who lets nobody have it. */
static inline void scene_be_nobody(int fd, const void *arg)
{
	child_need(!setgid(SCENE_NOBODY) && !setuid(SCENE_NOBODY));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	child_need(scene_area(fd, "cache", SCENE_NOBODYS_SIZE, PHYSVM_ALLOC_COMMIT,
			      PHYSVM_CACHE_WB));
	raise(SIGSTOP);
	pause();
}

/* Is all of it there? */
static inline bool scene_make(struct scene *scene, int fd)
{
	/* First, as a child has its parent's mappings. */
	scene->nobody = child_start(scene_be_nobody, fd, NULL);
	scene->frames = scene_area(fd, "frames", SCENE_FRAMES_SIZE,
				   PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_CONTIG, PHYSVM_CACHE_WC);
	scene->later = scene_area(fd, "later", SCENE_LATER_SIZE, PHYSVM_ALLOC_CONTIG,
				  PHYSVM_CACHE_WB);
	scene->board = scene_area(fd, "board", SCENE_BOARD_SIZE, PHYSVM_ALLOC_COMMIT,
				  PHYSVM_CACHE_WB);
	scene->region = region_make(fd, REGION_LENGTH, 0, 12);
	return child_stopped(scene->nobody) && scene->frames && scene->later && scene->board &&
	       scene->region.fd >= 0 && region_alloc(scene->region, 4) &&
	       !name_add(fd, SCENE_NAME, scene->board, SCENE_BOARD_SIZE);
}

/* Only the name outlives us. */
static inline void scene_end(struct scene *scene, int fd)
{
	struct physvm_name_remove remove = remove_args(SCENE_NAME);

	call(fd, PHYSVM_NAME_REMOVE, &remove);
	kill(scene->nobody, SIGKILL);
	waitpid(scene->nobody, NULL, 0);
	unmap(fd, scene->frames, SCENE_FRAMES_SIZE);
	unmap(fd, scene->later, SCENE_LATER_SIZE);
	unmap(fd, scene->board, SCENE_BOARD_SIZE);
	region_end(scene->region, REGION_LENGTH);
}

#endif
