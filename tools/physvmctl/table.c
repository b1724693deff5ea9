// SPDX-License-Identifier: GPL-2.0-only
#include "table.h"

#include "memory.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/**
 * struct column - how a column is laid out
 * @head: first of @length bytes
 * @right: flush right
 * @width: of its widest cell
 */
struct column {
	const char *head;
	int length;
	bool right;
	int width;
};

void table_cell(struct table *table, const char *format, ...)
{
	va_list list;
	char *cell;

	va_start(list, format);
	if (vasprintf(&cell, format, list) < 0)
		out_of_memory();
	va_end(list);
	if (table->count == table->room)
		table->cells = grow_array(table->cells, &table->room, sizeof(*table->cells));
	table->cells[table->count++] = cell;
}

/* Columns a text takes: letters are not bytes. */
static int width_of(const char *text)
{
	const size_t count = mbstowcs(NULL, text, 0);
	wchar_t *wide;
	int width;

	if (count == (size_t)-1)
		return strlen(text);
	wide = grow_array(NULL, &(size_t){ count + 1 }, sizeof(*wide));
	mbstowcs(wide, text, count + 1);
	width = wcswidth(wide, count);
	free(wide);
	return width < 0 ? (int)strlen(text) : width;
}

static size_t read_heads(const char *heads, struct column *columns)
{
	size_t count = 0;

	while (*heads && count < TABLE_COLUMNS_MAX) {
		const bool right = *heads == '>';
		const char *head = heads + right;
		const int length = strcspn(head, " ");

		columns[count++] = (struct column){ head, length, right, length };
		heads = head + length + strspn(head + length, " ");
	}
	return count;
}

static const char *shown(const char *cell)
{
	return *cell ? cell : "-";
}

static void measure(const struct table *table, struct column *columns, size_t count)
{
	size_t i;

	for (i = 0; i < table->count; i++) {
		const int width = width_of(shown(table->cells[i]));

		if (width > columns[i % count].width)
			columns[i % count].width = width;
	}
}

/* No spaces behind the last column. */
static void print_cell(FILE *to, const struct column *column, const char *text, int length,
		       int width, bool last)
{
	const int space = column->width - width;

	fprintf(to, "%*s%.*s", column->right ? space : 0, "", length, text);
	if (last)
		fputc('\n', to);
	else
		fprintf(to, "%*s", (column->right ? 0 : space) + 2, "");
}

static void forget(struct table *table)
{
	while (table->count)
		free(table->cells[--table->count]);
	free(table->cells);
	table->cells = NULL;
	table->room = 0;
}

void table_print(struct table *table, FILE *to)
{
	struct column columns[TABLE_COLUMNS_MAX];
	const size_t count = read_heads(table->columns, columns);
	size_t i;

	measure(table, columns, count);
	for (i = 0; i < count; i++)
		print_cell(to, &columns[i], columns[i].head, columns[i].length,
			   columns[i].length, i + 1 == count);
	for (i = 0; i < table->count; i++) {
		const char *cell = shown(table->cells[i]);

		print_cell(to, &columns[i % count], cell, strlen(cell), width_of(cell),
			   (i + 1) % count == 0);
	}
	forget(table);
}
