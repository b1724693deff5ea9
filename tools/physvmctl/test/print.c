// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: print picture use|cache|user ascii|unicode|colour WIDTH
 *        print svg use|cache|user
 *        print metrics | json | table | sizes | escaped
 *        print parse TEXT
 *
 * What physvmctl makes of memory that is made up.
 */
#include "../json.h"
#include "../metric.h"
#include "../picture.h"
#include "../size.h"
#include "../svg.h"
#include "../table.h"

#include <inttypes.h>
#include <linux/physvm.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK(at, cache, free, quarantined, dirty, reserved) { \
	{ HAS, PHYSVM_NL_POOL_RAM, BASE + (at) * (uint64_t)BLOCK_SIZE, 0, cache, free, \
	  quarantined, at, dirty }, reserved }
#define BASE 0x40000000
#define HAS (1u << PHYSVM_NL_A_BLOCK_UID)

/* One of each kind, a gap behind the eighth, and nobody's. */
static struct block made_up[] = {
	BLOCK(0, PHYSVM_CACHE_WB, 0, 0, 0, 0),
	BLOCK(1, PHYSVM_CACHE_WC, 256, 0, 0, 0),
	BLOCK(2, PHYSVM_CACHE_UC, 500, 0, 0, 0),
	BLOCK(3, PHYSVM_CACHE_WB, 0, 0, 0, 512),
	BLOCK(4, PHYSVM_CACHE_WB, 0, 500, 0, 0),
	{ { 0, PHYSVM_NL_POOL_RAM, BASE + 5ull * BLOCK_SIZE, 0, 0, 512, 0, 0, 9 }, 0 },
	{ { 0, PHYSVM_NL_POOL_RAM, BASE + 6ull * BLOCK_SIZE, 0, 0, 512, 0, 0, 0 }, 0 },
	{ { 0, PHYSVM_NL_POOL_RAM, BASE + 99ull * BLOCK_SIZE, 0, 0, 512, 0, 0, 0 }, 0 },
};

static struct blocks blocks = { made_up, sizeof(made_up) / sizeof(made_up[0]), 0 };

static int picture(char **argv)
{
	const struct screen screen = {
		.unicode = !strcmp(argv[1], "unicode"),
		.colour = !strcmp(argv[1], "colour"),
		.width = atoi(argv[2]),
	};
	enum picture_subject subject;

	if (!parse_subject(argv[0], &subject))
		return EXIT_FAILURE;
	picture_print(&blocks, PHYSVM_NL_POOL_RAM, subject, &screen, stdout);
	picture_print(&blocks, PHYSVM_NL_POOL_HIDDEN, subject, &screen, stdout);
	return EXIT_SUCCESS;
}

static int svg(char **argv)
{
	enum picture_subject subject;

	if (!parse_subject(argv[0], &subject))
		return EXIT_FAILURE;
	svg_print(&blocks, subject, stdout);
	return EXIT_SUCCESS;
}

static int escaped(void)
{
	svg_escape("<a href=\"b\">&", stdout);
	putchar('\n');
	return EXIT_SUCCESS;
}

static int metrics(void)
{
	json_t *array = json_new_array();

	metric_family(array, "test_size_bytes", "gauge", "bytes", "A \\ and a\nnew line.");
	metric_sample(array, "", "who", "a \"quoted\"\\\n user", 1);
	metric_sample2(array, "", "who", "b", "what", "c", 2);
	metric_family(array, "test_things", "counter", "", "Things.");
	metric_sample(array, "_total", NULL, NULL, 9007199254740993);
	metrics_print(array, stdout);
	json_decref(array);
	return EXIT_SUCCESS;
}

static int json(void)
{
	json_t *object = json_new_object();

	json_add_text(object, "text", "\"\\\n\xc3\xa9");
	json_add_text(object, "damaged", "\xff");
	json_add_number(object, "number", INT64_MAX);
	json_add_known(object, "unknown", false, 7);
	json_print(object);
	return EXIT_SUCCESS;
}

static int table(void)
{
	struct table table = { .columns = ">N NAME >SIZE" };

	table_cell(&table, "%d", 1);
	table_cell(&table, "%s", "\xc3\xa9t\xc3\xa9");
	table_cell(&table, "%s", "10M");
	table_cell(&table, "%d", 200);
	table_cell(&table, "%s", "");
	table_cell(&table, "%s", "1K");
	table_print(&table, stdout);
	return EXIT_SUCCESS;
}

static int sizes(void)
{
	static const uint64_t bytes[] = {
		0, 1, 1023, 1024, 1536, 1048575, 1048576, 5ull << 30, 1ull << 40, UINT64_MAX,
	};
	size_t i;

	for (i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++)
		printf("%s %s\n", size_of_bytes(bytes[i], true).text,
		       size_of_bytes(bytes[i], false).text);
	return EXIT_SUCCESS;
}

static int parse(const char *text)
{
	uint64_t bytes;

	if (parse_size(text, &bytes))
		printf("%" PRIu64 "\n", bytes);
	else
		printf("no\n");
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	if (argc == 5 && !strcmp(argv[1], "picture"))
		return picture(argv + 2);
	if (argc == 3 && !strcmp(argv[1], "svg"))
		return svg(argv + 2);
	if (argc == 3 && !strcmp(argv[1], "parse"))
		return parse(argv[2]);
	if (argc != 2)
		return EXIT_FAILURE;
	switch (argv[1][0]) {
	case 'e':
		return escaped();
	case 'm':
		return metrics();
	case 'j':
		return json();
	case 't':
		return table();
	case 's':
		return sizes();
	}
	return EXIT_FAILURE;
}
