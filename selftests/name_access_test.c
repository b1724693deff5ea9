// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of several users: owner, group, mode, capabilities, namespaces.
 */
#include "kselftest_harness.h"

#include "named.h"
#include "person.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

static const struct person owner = { .uid = 1000, .gid = 1000 };
static const struct person member = { .uid = 1001, .gid = 1000 };
static const struct person other_member = { .uid = 1001, .gid = 1001, .group = 1000 };
static const struct person stranger = { .uid = 1002, .gid = 1002 };
static const struct person overrider = {
	.uid = 1002, .gid = 1002, .capability = CAP_DAC_OVERRIDE,
};
static const struct person remover = { .uid = 1002, .gid = 1002, .capability = CAP_FOWNER };
static const struct person powerless_root = { .capability = CAP_NET_RAW };

static int add(int fd, const void *arg)
{
	return call(fd, PHYSVM_NAME_ADD, (void *)(uintptr_t)arg);
}

static int remove_x(int fd, const void *arg)
{
	return name_remove(fd, "x");
}

static int open_for(int fd, const void *arg)
{
	return name_try(fd, "x", *(const uint32_t *)arg, 0);
}

static int can_open(const struct person *person, int fd, uint32_t prot)
{
	return as(person, open_for, fd, &prot);
}

/* The owner adds "x", with these rights. */
static int add_as_owner(FIXTURE_DATA(name) *self, uint32_t mode)
{
	struct physvm_name_add args = add_args("x", NULL, SIZE);

	args.flags = PHYSVM_NAME_FD;
	args.fd = self->area_fd;
	args.mode = mode;
	args.max_prot = PHYSVM_PROT_VALID;
	return as(&owner, add, self->fd, &args);
}

/* What each may open it for: bits of enum prot, one at a time. */
static uint32_t rights(const struct person *person, int fd)
{
	uint32_t granted = 0;

	for (uint32_t prot = 1; prot <= PROT_EXEC; prot <<= 1)
		if (!can_open(person, fd, prot))
			granted |= prot;
	return granted;
}

#define EXPECT_RIGHTS(owners, groups, others) \
	do { \
		EXPECT_EQ(owners, rights(&owner, self->fd)); \
		EXPECT_EQ(groups, rights(&member, self->fd)); \
		EXPECT_EQ(groups, rights(&other_member, self->fd)); \
		EXPECT_EQ(others, rights(&stranger, self->fd)); \
	} while (0)

TEST_F(name, of_the_owner_only)
{
	ASSERT_EQ(0, add_as_owner(self, 0600));
	EXPECT_RIGHTS(RW, 0, 0);
	EXPECT_EQ(EACCES, can_open(&stranger, self->fd, PROT_READ));
	EXPECT_EQ(EACCES, can_open(&owner, self->fd, RW | PROT_EXEC));
}

TEST_F(name, of_each_bit)
{
	static const uint32_t prots[] = { PROT_EXEC, PROT_WRITE, PROT_READ };

	for (int bit = 0; bit < 9; bit++) {
		const uint32_t prot = prots[bit % 3];

		ASSERT_EQ(0, add_as_owner(self, 1 << bit));
		EXPECT_RIGHTS(bit / 3 == 2 ? prot : 0, bit / 3 == 1 ? prot : 0,
			      bit / 3 == 0 ? prot : 0);
		ASSERT_EQ(0, as(&owner, remove_x, self->fd, NULL));
	}
}

/* As for files: who is the owner is not of the group, nor of the others. */
TEST_F(name, of_everybody_else)
{
	ASSERT_EQ(0, add_as_owner(self, 0007));
	EXPECT_RIGHTS(0, 0, PHYSVM_PROT_VALID);
}

TEST_F(name, of_the_group_but_not_its_owner)
{
	ASSERT_EQ(0, add_as_owner(self, 0070));
	EXPECT_RIGHTS(0, PHYSVM_PROT_VALID, 0);
}

TEST_F(name, writable_and_not_readable)
{
	ASSERT_EQ(0, add_as_owner(self, 0222));
	EXPECT_RIGHTS(PROT_WRITE, PROT_WRITE, PROT_WRITE);
	EXPECT_EQ(EACCES, can_open(&stranger, self->fd, RW));
}

/* Capabilities. */

TEST_F(name, root_needs_its_capability)
{
	ASSERT_EQ(0, add_as_owner(self, 0600));
	EXPECT_EQ(EACCES, can_open(&powerless_root, self->fd, PROT_READ));
	EXPECT_EQ(EPERM, as(&powerless_root, remove_x, self->fd, NULL));
	EXPECT_EQ(0, name_try(self->fd, "x", RW, 0));
	EXPECT_EQ(0, name_remove(self->fd, "x"));
}

TEST_F(name, dac_override_opens)
{
	ASSERT_EQ(0, add_as_owner(self, 0));
	EXPECT_EQ(0, can_open(&overrider, self->fd, PHYSVM_PROT_VALID));
	EXPECT_EQ(EPERM, as(&overrider, remove_x, self->fd, NULL));
	EXPECT_EQ(EACCES, can_open(&remover, self->fd, PROT_READ));
}

TEST_F(name, dac_override_does_not_raise_the_ceiling)
{
	struct physvm_name_add args = add_args("x", self->area, SIZE);

	args.max_prot = PROT_READ;
	args.mode = 0777;
	ASSERT_EQ(0, call(self->fd, PHYSVM_NAME_ADD, &args));
	EXPECT_EQ(EACCES, can_open(&overrider, self->fd, RW));
	EXPECT_EQ(0, can_open(&overrider, self->fd, PROT_READ));
}

TEST_F(name, fowner_removes)
{
	ASSERT_EQ(0, add_as_owner(self, 0777));
	EXPECT_EQ(0, as(&remover, remove_x, self->fd, NULL));
	EXPECT_EQ(0, count_names(self->fd));
}

/* Removing. */

TEST_F(name, removed_by_its_owner)
{
	ASSERT_EQ(0, add_as_owner(self, 0777));
	EXPECT_EQ(EPERM, as(&member, remove_x, self->fd, NULL));
	EXPECT_EQ(EPERM, as(&stranger, remove_x, self->fd, NULL));
	EXPECT_EQ(1, count_names(self->fd));
	EXPECT_EQ(0, as(&owner, remove_x, self->fd, NULL));
	EXPECT_EQ(0, count_names(self->fd));
}

/* Of several the first that is one's own; found is the first of all. */
TEST_F(name, removed_among_those_of_others)
{
	struct physvm_name_add args = add_args("x", NULL, PAGE);
	struct physvm_name_next left;

	args.flags = PHYSVM_NAME_FD;
	args.fd = self->area_fd;
	args.mode = 0666;
	ASSERT_EQ(0, add_as_owner(self, 0600));
	ASSERT_EQ(0, as(&stranger, add, self->fd, &args));
	ASSERT_EQ(0, add_as_owner(self, 0600));
	EXPECT_EQ(EACCES, can_open(&stranger, self->fd, PROT_READ));
	EXPECT_EQ(0, as(&stranger, remove_x, self->fd, NULL));
	EXPECT_EQ(EPERM, as(&stranger, remove_x, self->fd, NULL));
	EXPECT_EQ(2, count_names(self->fd));
	ASSERT_EQ(0, name_next(self->fd, 0, &left));
	EXPECT_EQ(owner.uid, left.out_uid);
	EXPECT_EQ(owner.gid, left.out_gid);
}

static int remove_area(int fd, const void *arg)
{
	struct physvm_name_remove args = {
		.size = sizeof(args),
		.flags = PHYSVM_NAME_FD,
		.fd = *(const int *)arg,
	};
	const int err = call(fd, PHYSVM_NAME_REMOVE, &args);

	return err ? err : 200 + args.out_removed;
}

TEST_F(name, removed_by_area_among_those_of_others)
{
	ASSERT_EQ(0, name_add(self->fd, "root's", self->area, SIZE));
	ASSERT_EQ(0, add_as_owner(self, 0600));
	ASSERT_EQ(0, add_as_owner(self, 0600));
	EXPECT_EQ(EPERM, as(&stranger, remove_area, self->fd, &self->area_fd));
	EXPECT_EQ(3, count_names(self->fd));
	EXPECT_EQ(202, as(&owner, remove_area, self->fd, &self->area_fd));
	EXPECT_EQ(1, count_names(self->fd));
	EXPECT_EQ(EPERM, as(&owner, remove_area, self->fd, &self->area_fd));
}

TEST_F(name, tells_the_opener_whose_it_is)
{
	struct physvm_name_open args = open_args("x", PROT_READ, 0);

	ASSERT_EQ(0, add_as_owner(self, 0666));
	ASSERT_EQ(0, call(self->fd, PHYSVM_NAME_OPEN, &args));
	EXPECT_EQ(owner.uid, args.out_uid);
	close(args.out_fd);
}

/* Whoever cannot open a name can see that it is there. */
static int see_one(int fd, const void *arg)
{
	return count_names(fd) == 1 ? 0 : EXIT_FAILURE;
}

TEST_F(name, listed_for_everybody)
{
	ASSERT_EQ(0, add_as_owner(self, 0));
	EXPECT_EQ(0, as(&stranger, see_one, self->fd, NULL));
}

/* User namespaces, in which everybody has all capabilities. */

#define NO_NAMESPACE 99

#define SKIP_WITHOUT_NAMESPACES(outcome) \
	do { \
		if ((outcome) == NO_NAMESPACE) \
			SKIP(return, "no user namespaces for users here"); \
	} while (0)

static int open_in_namespace(int fd, const void *arg)
{
	if (!enter_namespace())
		return NO_NAMESPACE;
	if (*(const int *)arg && !map_to_root(stranger.uid))
		return NO_NAMESPACE;
	return name_try(fd, "x", PROT_READ, 0) == EACCES ? name_remove(fd, "x") : 0;
}

/* Its capabilities do not reach users outside. */
TEST_F(name, namespaces_give_no_rights)
{
	const int unmapped = 0, mapped = 1;
	int outcome;

	ASSERT_EQ(0, add_as_owner(self, 0600));
	outcome = as(&stranger, open_in_namespace, self->fd, &unmapped);
	SKIP_WITHOUT_NAMESPACES(outcome);
	EXPECT_EQ(EPERM, outcome);
	EXPECT_EQ(EPERM, as(&stranger, open_in_namespace, self->fd, &mapped));
	EXPECT_EQ(1, count_names(self->fd));
}

/* Who is nobody's number inside is somebody outside. */
static int add_unmapped(int fd, const void *arg)
{
	struct physvm_name_next next;
	struct physvm_name_open opened = open_args("x", PROT_READ, 0);

	if (!enter_namespace())
		return NO_NAMESPACE;
	if (add(fd, arg) || name_next(fd, 0, &next) || call(fd, PHYSVM_NAME_OPEN, &opened))
		return 1;
	return next.out_uid != 65534 || next.out_gid != 65534 || opened.out_uid != 65534;
}

TEST_F(name, added_by_an_unmapped_user)
{
	struct physvm_name_add args = add_args("x", NULL, SIZE);
	struct physvm_name_next name;
	int outcome;

	args.flags = PHYSVM_NAME_FD;
	args.fd = self->area_fd;
	outcome = as(&stranger, add_unmapped, self->fd, &args);
	SKIP_WITHOUT_NAMESPACES(outcome);
	ASSERT_EQ(0, outcome);
	ASSERT_EQ(0, name_next(self->fd, 0, &name));
	EXPECT_EQ(stranger.uid, name.out_uid);
	EXPECT_EQ(stranger.gid, name.out_gid);
	EXPECT_EQ(0, as(&stranger, remove_x, self->fd, NULL));
}

/* Ids are told as the namespace has them. */
static int look_from_within(int fd, const void *arg)
{
	struct physvm_name_next first, second;

	if (!enter_namespace() || !map_to_root(stranger.uid))
		return NO_NAMESPACE;
	if (name_next(fd, 0, &first) || name_next(fd, first.out_id, &second))
		return 1;
	return first.out_uid != 65534 || second.out_uid || second.out_gid;
}

TEST_F(name, owners_as_the_namespace_has_them)
{
	struct physvm_name_add args = add_args("x", NULL, SIZE);
	int outcome;

	args.flags = PHYSVM_NAME_FD;
	args.fd = self->area_fd;
	ASSERT_EQ(0, add_as_owner(self, 0600));
	ASSERT_EQ(0, as(&stranger, add, self->fd, &args));
	outcome = as(&stranger, look_from_within, self->fd, NULL);
	SKIP_WITHOUT_NAMESPACES(outcome);
	EXPECT_EQ(0, outcome);
}

TEST_HARNESS_MAIN
