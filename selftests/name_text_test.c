// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is a name, and which names are the same.
 */
#include "kselftest_harness.h"

#include "named.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

/* Twice the same bytes are the same name, whatever else they are. */
#define EXPECT_NAME(name) \
	do { \
		EXPECT_EQ(0, name_add(self->fd, name, self->area, SIZE)); \
		EXPECT_EQ(0, name_try(self->fd, name, RW, 0)); \
		EXPECT_EQ(0, name_remove(self->fd, name)); \
	} while (0)

/* Is something called @a found as @b? */
static int found_as(FIXTURE_DATA(name) *self, const char *a, const char *b)
{
	int err = name_add(self->fd, a, self->area, SIZE);

	if (err)
		return -err;
	err = name_try(self->fd, b, PROT_READ, 0);
	return name_remove(self->fd, a) ? -1 : err;
}

#define EXPECT_SAME(a, b) \
	do { \
		EXPECT_EQ(0, found_as(self, a, b)) \
			TH_LOG("%s is not %s", a, b); \
		EXPECT_EQ(0, found_as(self, b, a)) \
			TH_LOG("%s is not %s", b, a); \
	} while (0)

#define EXPECT_DIFFERENT(a, b) \
	do { \
		EXPECT_EQ(ENOENT, found_as(self, a, b)) \
			TH_LOG("%s is %s", a, b); \
		EXPECT_EQ(ENOENT, found_as(self, b, a)) \
			TH_LOG("%s is %s", b, a); \
	} while (0)

TEST_F(name, has_what_file_names_may_not)
{
	EXPECT_NAME("/");
	EXPECT_NAME("a/b\\c:d*e?f|g<h>i\"");
	EXPECT_NAME(".");
	EXPECT_NAME("..");
	EXPECT_NAME(" ");
	EXPECT_NAME("%s%n");
}

TEST_F(name, has_characters_of_any_size)
{
	EXPECT_NAME("~");
	EXPECT_NAME("\xc2\xa0");		/* U+00A0 */
	EXPECT_NAME("\xdf\xba");		/* U+07FA */
	EXPECT_NAME("\xe0\xa4\x84");		/* U+0904 */
	EXPECT_NAME("\xed\x9e\xa3");		/* U+D7A3, the last before surrogates */
	EXPECT_NAME("\xf0\x90\x80\x80");	/* U+10000 */
	EXPECT_NAME("\xf0\x9f\x98\x80");	/* U+1F600 */
}

TEST_F(name, has_up_to_255_bytes)
{
	char name[PHYSVM_NAME_SIZE] = "";

	memset(name, 'x', 255);
	EXPECT_NAME(name);
	EXPECT_EQ(0, found_as(self, name, name));
	name[254] = 'Y';
	EXPECT_NAME(name);
	memset(name, 0, sizeof(name));
	name[0] = '1';
	EXPECT_NAME(name);
}

/* Three times as long when it is taken apart, and more when there is no end to it. */
TEST_F(name, grows_when_it_is_compared)
{
	static const char *const growing[] = {
		"\xce\x90",		/* U+0390: a letter and two accents */
		"\xea\xb0\x81",		/* U+AC01: a syllable of three */
		"\xe1\xbe\xb7",		/* U+1FB7: an alpha, an accent and a iota */
		"\xef\xac\x83",		/* U+FB03: ffi */
		"\xf0\x9d\x85\xa0",	/* U+1D160: a note of three parts */
	};
	char name[PHYSVM_NAME_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(growing); i++) {
		const size_t bytes = strlen(growing[i]);

		memset(name, 0, sizeof(name));
		for (size_t at = 0; at + bytes <= 255; at += bytes)
			memcpy(name + at, growing[i], bytes);
		EXPECT_NAME(name);
		name[254] = 'x';
		if (255 % bytes)
			EXPECT_NAME(name);
	}
}

/* Case. */

TEST_F(name, ignores_the_case_of_ascii)
{
	EXPECT_SAME("Abcdefghijklmnopqrstuvwxyz", "aBCDEFGHIJKLMNOPQRSTUVWXYZ");
	EXPECT_DIFFERENT("@[`{", "`{@[");
	EXPECT_DIFFERENT("a", "aa");
	EXPECT_DIFFERENT("a", "b");
	EXPECT_DIFFERENT("a", "a ");
	EXPECT_DIFFERENT("0", "P");
}

#define SKIP_WITHOUT_UNICODE() \
	do { \
		if (!have_unicode(self->fd)) \
			SKIP(return, "this kernel is built without CONFIG_UNICODE"); \
	} while (0)

TEST_F(name, ignores_the_case_of_others)
{
	SKIP_WITHOUT_UNICODE();
	EXPECT_SAME("\xc3\x84\xc3\x96\xc3\x9c", "\xc3\xa4\xc3\xb6\xc3\xbc");
	EXPECT_SAME("\xd0\x96", "\xd0\xb6");			/* Zhe */
	EXPECT_SAME("\xf0\x90\x90\x80", "\xf0\x90\x90\xa8");	/* Deseret */
	EXPECT_SAME("\xe2\x84\xaa", "k");			/* Kelvin */
}

TEST_F(name, knows_sharp_s)
{
	SKIP_WITHOUT_UNICODE();
	EXPECT_SAME("stra\xc3\x9f" "e", "STRASSE");
	EXPECT_SAME("STRA\xe1\xba\x9e" "E", "strasse");
	EXPECT_SAME("stra\xc3\x9f" "e", "STRA\xe1\xba\x9e" "E");
}

TEST_F(name, knows_final_sigma)
{
	SKIP_WITHOUT_UNICODE();
	EXPECT_SAME("\xce\xa3\xce\x91\xce\xa3", "\xcf\x83\xce\xb1\xcf\x82");
	EXPECT_SAME("\xcf\x83", "\xcf\x82");
}

TEST_F(name, is_the_same_composed_and_taken_apart)
{
	SKIP_WITHOUT_UNICODE();
	EXPECT_SAME("caf\xc3\xa9", "cafe\xcc\x81");
	EXPECT_SAME("CAF\xc3\x89", "cafe\xcc\x81");
	/* A dot below and one above, in either order. */
	EXPECT_SAME("s\xcc\xa3\xcc\x87", "S\xcc\x87\xcc\xa3");
	EXPECT_SAME("\xea\xb0\x81", "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8");
	EXPECT_DIFFERENT("caf\xc3\xa9", "cafe");
}

TEST_F(name, has_no_invisible_characters)
{
	SKIP_WITHOUT_UNICODE();
	EXPECT_SAME("soft\xc2\xadhyphen", "softhyphen");
	EXPECT_REFUSED(EINVAL, self->fd, name_add(self->fd, "\xc2\xad", self->area, SIZE));
	EXPECT_REFUSED(EINVAL, self->fd, name_try(self->fd, "\xe2\x80\x8d", RW, 0));
}

/* U+0378, that nobody has made use of; and a pair of Unicode 13. */
TEST_F(name, is_the_same_with_all_kernels)
{
	EXPECT_NAME("a\xcd\xb8");
	EXPECT_DIFFERENT("\xea\x9f\x87", "\xea\x9f\x88");
	/* And one of Unicode 12. */
	if (have_unicode(self->fd))
		EXPECT_SAME("\xea\x9f\x82", "\xea\x9f\x83");
}

TEST_F(name, without_unicode_has_other_letters_as_they_are)
{
	if (have_unicode(self->fd))
		SKIP(return, "this kernel has Unicode");
	EXPECT_DIFFERENT("\xc3\x84", "\xc3\xa4");
	EXPECT_DIFFERENT("caf\xc3\xa9", "cafe\xcc\x81");
	EXPECT_SAME("CAF\xc3\xa9", "caf\xc3\xa9");
	EXPECT_NAME("\xc2\xad");
}

/* What is no name. All three calls that take one agree. */

static int add_bytes(int fd, const void *name, const void *area)
{
	struct physvm_name_add args = add_args("", area, SIZE);

	memcpy(args.name, name, PHYSVM_NAME_SIZE);
	return call(fd, PHYSVM_NAME_ADD, &args);
}

static int open_bytes(int fd, const void *name)
{
	struct physvm_name_open args = open_args("", RW, 0);

	memcpy(args.name, name, PHYSVM_NAME_SIZE);
	return call(fd, PHYSVM_NAME_OPEN, &args);
}

static int remove_bytes(int fd, const void *name)
{
	struct physvm_name_remove args = remove_args("");

	memcpy(args.name, name, PHYSVM_NAME_SIZE);
	return call(fd, PHYSVM_NAME_REMOVE, &args);
}

#define EXPECT_NO_NAME(error, bytes) \
	do { \
		EXPECT_REFUSED(error, self->fd, add_bytes(self->fd, bytes, self->area)); \
		EXPECT_REFUSED(error, self->fd, open_bytes(self->fd, bytes)); \
		EXPECT_REFUSED(error, self->fd, remove_bytes(self->fd, bytes)); \
	} while (0)

TEST_F(name, is_not_empty)
{
	const char bytes[PHYSVM_NAME_SIZE] = "";

	EXPECT_NO_NAME(EINVAL, bytes);
}

TEST_F(name, has_an_end)
{
	char bytes[PHYSVM_NAME_SIZE];

	memset(bytes, 'x', sizeof(bytes));
	EXPECT_NO_NAME(EINVAL, bytes);
}

TEST_F(name, has_nothing_behind_its_end)
{
	char bytes[PHYSVM_NAME_SIZE] = "name";

	bytes[255] = 1;
	EXPECT_NO_NAME(EINVAL, bytes);
	bytes[255] = 0;
	bytes[5] = 'x';
	EXPECT_NO_NAME(EINVAL, bytes);
	bytes[5] = 0;
	bytes[0] = 0;
	EXPECT_NO_NAME(EINVAL, bytes);
}

TEST_F(name, has_no_control_characters)
{
	char bytes[PHYSVM_NAME_SIZE] = "a?b";

	for (int c = 1; c < 0xa0; c++) {
		if (c >= 0x20 && c < 0x7f)
			continue;
		memset(bytes, 0, sizeof(bytes));
		snprintf(bytes, sizeof(bytes), c < 0x80 ? "a%cb" : "a\xc2%cb", c);
		EXPECT_EQ(EILSEQ, add_bytes(self->fd, bytes, self->area));
	}
	strcpy(bytes, "line\n");
	EXPECT_NO_NAME(EILSEQ, bytes);
}

TEST_F(name, is_utf8)
{
	static const char *const wrong[] = {
		"\x80", "\xbf", "\xfe", "\xff", "a\x80",
		"\xc3", "\xc3x", "\xc3\xc3", "\xc3\xa4\xa4",		/* cut off, or too much */
		"\xe2\x82", "\xe2\x82x", "\xf0\x9f\x98", "\xf0\x9f\x98x",
		"\xc0\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\x80",	/* longer than need be */
		"\xe0\x9f\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
		"\xed\xa0\x80", "\xed\xbf\xbf",				/* surrogates */
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80",			/* beyond the last */
		"\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80",
	};
	char bytes[PHYSVM_NAME_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		memset(bytes, 0, sizeof(bytes));
		strcpy(bytes, wrong[i]);
		EXPECT_NO_NAME(EILSEQ, bytes);
	}
	/* Cut off by the last byte there may be. */
	memset(bytes, 'x', 254);
	bytes[254] = 0xc3;
	bytes[255] = 0;
	EXPECT_NO_NAME(EILSEQ, bytes);
}

TEST_HARNESS_MAIN
