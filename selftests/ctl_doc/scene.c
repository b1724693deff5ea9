// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: scene [COMMAND [ARGUMENT...]]
 *
 * Runs a command while memory of several users is there. The exit status is the
 * command's. Without a command it ends with memory of its own, which is an event.
 */
#include "../util.h"

#include "../name.h"
#include "../scene.h"

static int run(char **argv)
{
	const pid_t pid = fork();
	int status;

	if (!pid) {
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	const int fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	struct scene scene;
	int status;

	if (argc == 1)
		return !alloc_map(fd, BLOCK, PHYSVM_ALLOC_COMMIT);
	if (fd < 0 || !scene_make(&scene, fd)) {
		fprintf(stderr, "scene: cannot be made: %s\n", strerror(errno));
		return 125;
	}
	status = run(argv + 1);
	scene_end(&scene, fd);
	return status;
}
