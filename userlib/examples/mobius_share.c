// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Two programs of Möbius that have nothing in common but a name: one writes a score
 * board and ends, the other one reads it, may do nothing else with it, and takes it
 * away when it has seen it.
 */
#include <mobius/vmm.h>
#include <physvm_mobius.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BOARD L"Score Board"
#define PLAYERS 3

struct score {
	char player[24];
	unsigned int points;
};

static int complain(const char *what)
{
	fprintf(stderr, "mobius_share: %s: %s\n", what, strerror(errno));
	return 1;
}

/* The writer */

static void fill(struct score *board)
{
	static const struct score scores[PLAYERS] = {
		{ "Ada", 42 }, { "Grace", 40 }, { "Edsger", 17 },
	};

	memcpy(board, scores, sizeof(scores));
}

/* The board is there as long as it has a name, whoever has ended. */
static int write_board(void)
{
	struct score *board = VmmAlloc(1, 0, VM_MEM_USER | VM_MEM_READ | VM_MEM_WRITE);
	vm_desc_t *shared;

	if (!board)
		return complain("VmmAlloc");
	fill(board);
	shared = VmmShare(board, BOARD);
	if (!shared)
		return complain("VmmShare");
	HndClose(shared);
	VmmFree(board);
	return 0;
}

/* The reader */

static void show(const struct score *board)
{
	for (int i = 0; i < PLAYERS; i++)
		printf("%s: %u\n", board[i].player, board[i].points);
}

/* All names of the area that the address is in. */
static int take_away(struct score *board)
{
	handle_t area = VmmShare(board, NULL);

	if (!area)
		return complain("VmmShare");
	HndClose(area);
	printf("the board is %s\n", VmmOpenSharedArea(BOARD) ? "still there" : "gone");
	return 0;
}

/* In which case the letters are does not matter. */
static int read_board(void)
{
	handle_t area = VmmOpenSharedArea(L"SCORE BOARD");
	struct score *board;
	int status;

	if (!area)
		return complain("VmmOpenSharedArea");
	board = VmmMapSharedArea(area, 0, VM_MEM_USER | VM_MEM_READ);
	HndClose(area);
	if (!board)
		return complain("VmmMapSharedArea");
	show(board);
	status = take_away(board);
	VmmFree(board);
	return status;
}

int main(void)
{
	int status = 1;
	pid_t writer = fork();

	if (!writer)
		_exit(write_board());
	if (waitpid(writer, &status, 0) != writer || status)
		return 1;
	return read_board();
}
