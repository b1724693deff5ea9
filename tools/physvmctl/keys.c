// SPDX-License-Identifier: GPL-2.0-only
#include "keys.h"

#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static bool changed;
static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

void keys_catch_signals(void)
{
	const struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

/* The terminal is as it was before, however we end. */
void keys_begin(void)
{
	struct termios raw;

	keys_catch_signals();
	if (tcgetattr(STDIN_FILENO, &before))
		return;
	raw = before;
	raw.c_lflag &= ~(ICANON | ECHO);
	changed = !tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

void keys_end(void)
{
	if (changed)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	changed = false;
}

static bool is_quit(void)
{
	char key;

	return read(STDIN_FILENO, &key, 1) == 1 && (key == 'q' || key == 'Q');
}

/* Another key shows what is new at once. */
bool keys_wait_for_quit(int milliseconds)
{
	struct pollfd wait = { .fd = changed ? STDIN_FILENO : -1, .events = POLLIN };

	if (!interrupted && poll(&wait, 1, milliseconds) == 1 && is_quit())
		return true;
	return interrupted;
}

bool keys_interrupted(void)
{
	return interrupted;
}
