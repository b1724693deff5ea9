// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pools of several nodes: what each has of them, memory of the node of whoever
 * allocates, and blocks from a node that is asked for. boots.list has a guest with
 * two nodes for it.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"

#include <linux/mempolicy.h>
#include <sched.h>
#include <sys/syscall.h>

#include "pool_admin.h"

SKIP_ALL_WITHOUT_DEVICE()

#define BLOCK_PAGES (BLOCK / PAGE)

FIXTURE(node) {
	int fd;
	uint64_t total;
};

FIXTURE_SETUP(node)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
	if (geteuid())
		SKIP(return, "only root may change the pool");
	ASSERT_NE(NULL, admin_nl());
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->total = pool_stat(self->fd).out_total_pages;
}

/* Each test leaves the pool as large as it was. */
FIXTURE_TEARDOWN(node)
{
	EXPECT_TRUE(pool_at_baseline(self->fd));
	EXPECT_EQ(self->total, pool_stat(self->fd).out_total_pages);
}

static bool is_node(unsigned int node)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%u", node);
	return !access(path, F_OK);
}

struct share {
	uint32_t node;
	uint64_t pages;
};

static void see_share(const struct nl_attrs *attrs, void *data)
{
	const struct nlattr *attr = NULL;
	struct share *share = data;

	while ((attr = nl_after(attrs, attr))) {
		const struct nl_attrs nest = nl_nest(attr);

		if (nl_type(attr) == PHYSVM_NL_A_POOL_NODE &&
		    nl_number(&nest, PHYSVM_NL_A_NODE_ID) == share->node)
			share->pages += nl_number(&nest, PHYSVM_NL_A_NODE_TOTAL);
	}
}

/* The share of the pool that a node has, or 0. */
static uint64_t pages_of_node(uint32_t node)
{
	struct share share = { .node = node };

	return admin_look(see_share, &share) ? 0 : share.pages;
}

TEST_F(node, shares_add_up)
{
	uint64_t sum = 0;
	unsigned int node;

	for (node = 0; is_node(node); node++)
		sum += pages_of_node(node);
	EXPECT_EQ(self->total, sum);
}

static int node_of(void *addr)
{
	int node = -1;

	return syscall(SYS_get_mempolicy, &node, NULL, 0, addr, MPOL_F_NODE | MPOL_F_ADDR) ?
	       -1 : node;
}

static bool run_on(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return !sched_setaffinity(0, sizeof(set), &set);
}

/* Processor and node of the same number belong together: see boots.list. */
TEST_F(node, memory_of_the_callers_node)
{
	const uint64_t sizes[] = { PAGE, 20 * PAGE, BLOCK, 2 * BLOCK };
	struct admin_resize resize = { .bytes = 8 * BLOCK, .on_node = true };
	uint64_t before;
	unsigned int node, i;

	if (!is_node(1))
		SKIP(return, "one node only");
	for (node = 0; node < 2; node++) {
		before = pages_of_node(node);
		resize.node = node;
		ASSERT_EQ(0, admin_resize(PHYSVM_NL_CMD_POOL_GROW, &resize));
		EXPECT_EQ(before + 8 * BLOCK_PAGES, pages_of_node(node));
	}
	for (i = 0; i < 8; i++) {
		const uint64_t size = sizes[i / 2];
		char *addr;

		ASSERT_TRUE(run_on(i % 2));
		addr = alloc_map(self->fd, size, PHYSVM_ALLOC_COMMIT);
		ASSERT_NE(NULL, addr);
		addr[0] = addr[size - 1] = 1;
		EXPECT_EQ(i % 2, node_of(addr));
		EXPECT_EQ(i % 2, node_of(addr + size - 1));
		EXPECT_EQ(0, unmap(self->fd, addr, size));
	}
	for (node = 0; node < 2; node++) {
		before = pages_of_node(node);
		resize.node = node;
		ASSERT_EQ(0, admin_resize(PHYSVM_NL_CMD_POOL_SHRINK, &resize));
		EXPECT_EQ(before - 8 * BLOCK_PAGES, pages_of_node(node));
	}
}

/* What one node has not, another gives. */
TEST_F(node, memory_of_any_node)
{
	char *addr;

	if (!is_node(1))
		SKIP(return, "one node only");
	ASSERT_TRUE(run_on(pages_of_node(0) > pages_of_node(1)));
	addr = alloc_map(self->fd, self->total * PAGE, 0);
	EXPECT_NE(NULL, addr);
	EXPECT_EQ(0, unmap(self->fd, addr, self->total * PAGE));
}

TEST_HARNESS_MAIN
