/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows in columns: as wide as they need to be, whatever shows them.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 16

/**
 * struct table - what is to be printed
 * @columns: heads, separated by spaces; one with a > before it is flush right
 * @count: cells so far
 * @room: for cells
 * @cells: row by row
 */
struct table {
	const char *columns;
	size_t count;
	size_t room;
	char **cells;
};

/* Adds the next cell; an empty one is shown as "-". */
void table_cell(struct table *table, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Prints it, and forgets the cells. */
void table_print(struct table *table, FILE *to);

#endif
