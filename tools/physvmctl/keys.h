/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys of the terminal, one at a time.
 */
#ifndef KEYS_H
#define KEYS_H

#include <stdbool.h>

/* Nothing happens where the input is no terminal. */
void keys_begin(void);
void keys_end(void);

/*
 * Waits that long, or until q is pressed or a signal asks for the end; true then.
 */
bool keys_wait_for_quit(int milliseconds);

/* Has a signal asked for the end? Only after keys_begin() or keys_catch_signals(). */
bool keys_interrupted(void);
void keys_catch_signals(void);

#endif
