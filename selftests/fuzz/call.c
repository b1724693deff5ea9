// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kinds of calls, and making, changing, writing and reading one.
 */
#include <linux/physvm.h>
#include <string.h>

#include "machine.h"

/* What all ioctls have: the device, where the struct is, its size, its tail. */
#define STRUCT_ARGS \
	{ "at", TYPE_STRUCT }, { "extra", TYPE_EXTRA }, { "tail", TYPE_SMALL }
#define IOCTL_ARGS { "dev", TYPE_FD }, STRUCT_ARGS
#define REGION_ARGS { "region", TYPE_FD }, STRUCT_ARGS

#define NL_ATTR_ARGS(nr) \
	{ "attr" nr, TYPE_NL_ATTR }, { "size" nr, TYPE_NL_SIZE }, { "value" nr, TYPE_NL_VALUE }

#define RANGE_ARGS { "addr", TYPE_ADDR }, { "length", TYPE_LENGTH }

const struct call_type call_types[] = {
	{ "info", 1, call_info, { IOCTL_ARGS, { "reserved", TYPE_SMALL } } },
	{ "pool_stat", 1, call_pool_stat, { IOCTL_ARGS, { "reserved", TYPE_SMALL } } },
	{ "pool_range", 1, call_pool_range,
	  { IOCTL_ARGS, { "reserved", TYPE_SMALL }, { "from", TYPE_PHYS } } },
	{ "alloc", 30, call_alloc,
	  { IOCTL_ARGS, { "flags", TYPE_ALLOC_FLAGS }, { "length", TYPE_LENGTH },
	    { "phys", TYPE_PHYS }, { "virt", TYPE_ADDR }, { "prot", TYPE_PROT },
	    { "max", TYPE_PROT }, { "cache", TYPE_CACHE }, { "out", TYPE_REGION },
	    { "fd", TYPE_NEW_FD }, { "look", TYPE_BOOL }, { "pager", TYPE_FD },
	    { "claim", TYPE_FD } } },
	{ "alloc_file", 8, call_alloc_file,
	  { IOCTL_ARGS, { "flags", TYPE_ALLOC_FLAGS }, { "length", TYPE_LENGTH },
	    { "source", TYPE_FD }, { "segments", TYPE_SEGMENTS }, { "step", TYPE_LENGTH },
	    { "prot", TYPE_PROT }, { "max", TYPE_PROT }, { "out", TYPE_REGION },
	    { "fd", TYPE_NEW_FD } } },
	{ "commit", 12, call_commit,
	  { IOCTL_ARGS, { "flags", TYPE_COMMIT_FLAGS }, RANGE_ARGS, { "look", TYPE_BOOL } } },
	{ "decommit", 12, call_decommit,
	  { IOCTL_ARGS, { "flags", TYPE_SMALL }, RANGE_ARGS, { "look", TYPE_BOOL } } },
	{ "protect_check", 3, call_protect_check,
	  { IOCTL_ARGS, { "prot", TYPE_PROT }, RANGE_ARGS } },
	{ "unmap", 10, call_unmap, { IOCTL_ARGS, { "flags", TYPE_SMALL }, RANGE_ARGS } },
	{ "query", 4, call_query, { IOCTL_ARGS, { "flags", TYPE_SMALL }, { "addr", TYPE_ADDR } } },
	{ "export", 6, call_export,
	  { IOCTL_ARGS, { "flags", TYPE_EXPORT_FLAGS }, { "addr", TYPE_ADDR },
	    { "offset", TYPE_OFFSET }, { "length", TYPE_LENGTH }, { "from", TYPE_FD },
	    { "max", TYPE_PROT }, { "out", TYPE_NEW_FD } } },
	{ "name_add", 5, call_name_add,
	  { IOCTL_ARGS, { "flags", TYPE_ADD_FLAGS }, { "name", TYPE_NAME }, { "addr", TYPE_ADDR },
	    { "offset", TYPE_OFFSET }, { "length", TYPE_LENGTH }, { "from", TYPE_FD },
	    { "max", TYPE_PROT }, { "mode", TYPE_MODE } } },
	{ "name_open", 5, call_name_open,
	  { IOCTL_ARGS, { "flags", TYPE_OPEN_FLAGS }, { "name", TYPE_NAME },
	    { "max", TYPE_PROT }, { "out", TYPE_NEW_FD } } },
	{ "name_remove", 3, call_name_remove,
	  { IOCTL_ARGS, { "flags", TYPE_REMOVE_FLAGS }, { "name", TYPE_NAME },
	    { "addr", TYPE_ADDR }, { "from", TYPE_FD } } },
	{ "name_next", 1, call_name_next,
	  { IOCTL_ARGS, { "flags", TYPE_SMALL }, { "after", TYPE_SMALL } } },
	{ "map", 5, call_map,
	  { IOCTL_ARGS, { "flags", TYPE_WHERE_FLAGS }, { "from", TYPE_FD }, { "prot", TYPE_PROT },
	    { "offset", TYPE_OFFSET }, { "length", TYPE_LENGTH }, { "virt", TYPE_ADDR },
	    { "out", TYPE_REGION } } },
	{ "reserve", 4, call_reserve,
	  { IOCTL_ARGS, { "flags", TYPE_WHERE_FLAGS }, { "length", TYPE_LENGTH },
	    { "virt", TYPE_ADDR }, { "out", TYPE_REGION } } },
	{ "claim", 2, call_claim,
	  { IOCTL_ARGS, { "flags", TYPE_SMALL }, { "phys", TYPE_CLAIM }, { "length", TYPE_LENGTH },
	    { "claim", TYPE_NEW_FD } } },
	{ "region", 5, call_region,
	  { IOCTL_ARGS, { "flags", TYPE_REGION_FLAGS }, { "virt", TYPE_ADDR },
	    { "length", TYPE_LENGTH }, { "guard", TYPE_GUARD }, { "align", TYPE_ALIGNMENT },
	    { "out", TYPE_REGION }, { "region", TYPE_NEW_FD } } },
	{ "region_alloc", 10, call_region_alloc,
	  { REGION_ARGS, { "flags", TYPE_PLACE_FLAGS }, { "pages", TYPE_COUNT },
	    { "addr", TYPE_ADDR }, { "out", TYPE_REGION }, { "look", TYPE_BOOL } } },
	{ "region_free", 5, call_region_free,
	  { REGION_ARGS, { "flags", TYPE_FREE_FLAGS }, { "addr", TYPE_ADDR },
	    { "pages", TYPE_COUNT } } },
	{ "region_stat", 1, call_region_stat,
	  { REGION_ARGS, { "flags", TYPE_SMALL }, { "addr", TYPE_ADDR } } },
	{ "pager", 4, call_pager,
	  { IOCTL_ARGS, { "flags", TYPE_SMALL }, { "timeout", TYPE_TIMEOUT },
	    { "pager", TYPE_NEW_FD } } },
	{ "serve", 12, call_serve,
	  { { "pager", TYPE_FD }, STRUCT_ARGS, { "flags", TYPE_SERVE_FLAGS },
	    { "answers", TYPE_FEW }, { "told", TYPE_BOOL }, { "area", TYPE_AREA },
	    { "offset", TYPE_OFFSET }, { "length", TYPE_LENGTH }, { "action", TYPE_ACTION },
	    { "data", TYPE_ADDR }, { "fetch", TYPE_FEW } } },
	{ "netlink", 8, call_netlink,
	  { { "cmd", TYPE_NL_COMMAND }, { "flags", TYPE_NL_FLAGS }, { "reads", TYPE_FEW },
	    { "cut", TYPE_SMALL }, NL_ATTR_ARGS("1"), NL_ATTR_ARGS("2"), NL_ATTR_ARGS("3") } },
	{ "listen", 1, call_listen, { { "out", TYPE_NEW_FD } } },
	{ "ioctl", 2, call_raw_ioctl,
	  { { "dev", TYPE_FD }, { "cmd", TYPE_COMMAND }, { "arg", TYPE_STRUCT } } },
	{ "fail", 6, call_fail, { { "nth", TYPE_NTH } } },

	{ "touch", 25, call_touch,
	  { { "addr", TYPE_ADDR }, { "pages", TYPE_COUNT }, { "write", TYPE_BOOL } } },
	{ "mmap", 10, call_mmap,
	  { { "out", TYPE_REGION }, { "addr", TYPE_ADDR }, { "length", TYPE_LENGTH },
	    { "prot", TYPE_PROT }, { "flags", TYPE_MAP_FLAGS }, { "fd", TYPE_FD },
	    { "offset", TYPE_OFFSET } } },
	{ "munmap", 7, call_munmap, { RANGE_ARGS } },
	{ "mremap", 7, call_mremap,
	  { { "out", TYPE_REGION }, RANGE_ARGS, { "new", TYPE_LENGTH },
	    { "flags", TYPE_REMAP_FLAGS }, { "to", TYPE_ADDR } } },
	{ "mprotect", 8, call_mprotect, { RANGE_ARGS, { "prot", TYPE_PROT } } },
	{ "madvise", 10, call_madvise, { RANGE_ARGS, { "advice", TYPE_ADVICE } } },
	{ "mlock", 3, call_mlock, { RANGE_ARGS, { "flags", TYPE_SMALL } } },
	{ "munlock", 1, call_munlock, { RANGE_ARGS } },
	{ "msync", 2, call_msync, { RANGE_ARGS, { "flags", TYPE_SYNC_FLAGS } } },
	{ "mincore", 1, call_mincore, { RANGE_ARGS, { "vector", TYPE_STRUCT } } },
	{ "vm_read", 3, call_vm_read, { { "to", TYPE_ADDR }, RANGE_ARGS } },
	{ "vm_write", 3, call_vm_write, { { "from", TYPE_ADDR }, RANGE_ARGS } },

	{ "read", 4, call_read, { { "fd", TYPE_FD }, RANGE_ARGS } },
	{ "write", 4, call_write, { { "fd", TYPE_FD }, RANGE_ARGS } },
	{ "vmsplice", 6, call_vmsplice, { RANGE_ARGS, { "flags", TYPE_SPLICE_FLAGS } } },
	{ "drain", 4, call_drain, { { "length", TYPE_LENGTH } } },
	{ "dup", 2, call_dup, { { "out", TYPE_NEW_FD }, { "fd", TYPE_FD } } },
	{ "close", 4, call_close, { { "fd", TYPE_FD } } },
	{ "open", 1, call_open, { { "out", TYPE_NEW_FD } } },
	{ "send", 2, call_send, { { "fd", TYPE_FD } } },
	{ "receive", 2, call_receive, { { "out", TYPE_NEW_FD } } },
	{ "file", 4, call_file,
	  { { "fd", TYPE_FD }, { "call", TYPE_FILE_CALL }, { "offset", TYPE_OFFSET },
	    { "length", TYPE_LENGTH }, { "addr", TYPE_ADDR } } },
	{ "pin", 3, call_pin, { { "out", TYPE_NEW_FD }, RANGE_ARGS } },

	{ "fork", 6, call_fork,
	  { { "addr", TYPE_ADDR }, { "pages", TYPE_COUNT }, { "write", TYPE_BOOL },
	    { "unmap", TYPE_BOOL } } },
	{ "user", 2, call_user, { { "id", TYPE_USER } } },
	{ "proc", 2, call_proc, { { "file", TYPE_PROC_FILE }, { "addr", TYPE_ADDR } } },
	{ "sleep", 1, call_sleep, { { "ms", TYPE_COUNT } } },
};

const unsigned int nr_call_types = sizeof(call_types) / sizeof(call_types[0]);
_Static_assert(sizeof(call_types) / sizeof(call_types[0]) <= MAX_CALL_TYPES, "no room");

/* nr_call_types when there is none. */
unsigned int call_type_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_call_types; i++)
		if (!strcmp(call_types[i].name, name))
			break;
	return i;
}

/* Making. */

static unsigned int draw_type(struct rng *rng)
{
	unsigned int total = 0, i, at;

	for (i = 0; i < nr_call_types; i++)
		total += call_types[i].weight;
	at = rng_below(rng, total);
	for (i = 0; at >= call_types[i].weight; i++)
		at -= call_types[i].weight;
	return i;
}

static struct value *arg(struct call *call, const char *name)
{
	const struct argument *args = call_types[call->type].args;
	unsigned int i;

	for (i = 0; args[i].name; i++)
		if (!strcmp(args[i].name, name))
			return &call->args[i];
	return NULL;
}

static void make_where_sane(struct rng *rng, struct call *call)
{
	uint64_t *flags = &arg(call, "flags")->number;

	if (!rng_one_in(rng, 4))
		*flags &= ~PHYSVM_ALLOC_BELOW_2G;
	if (*flags & PHYSVM_ALLOC_BELOW_2G)
		*flags &= ~(PHYSVM_ALLOC_VIRT | PHYSVM_ALLOC_CARVE);
	if (*flags & PHYSVM_ALLOC_CARVE)
		*flags |= PHYSVM_ALLOC_VIRT;
	if (!(*flags & PHYSVM_ALLOC_VIRT))
		*arg(call, "virt") = (struct value){};
}

/* What another kind of area has, or where its memory is from. */
static void make_kind_sane(struct rng *rng, struct call *call)
{
	uint64_t *flags = &arg(call, "flags")->number;

	*flags &= ~PHYSVM_ALLOC_FILE;
	if (!rng_one_in(rng, 3))
		*flags &= ~PHYSVM_ALLOC_PAGED;
	if (!rng_one_in(rng, 3))
		*flags &= ~PHYSVM_ALLOC_HIDDEN;
	if (!rng_one_in(rng, 8))
		*flags &= ~PHYSVM_ALLOC_DEVICE;
	if (*flags & PHYSVM_ALLOC_DEVICE) {
		*flags &= ~(PHYSVM_ALLOC_PHYS | PHYSVM_ALLOC_PAGED | PHYSVM_ALLOC_HIDDEN |
			    PHYSVM_ALLOC_NORESERVE);
		*arg(call, "phys") = value_random(rng, TYPE_CLAIM);
	}
	if (*flags & PHYSVM_ALLOC_PAGED)
		*flags &= ~(PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_POPULATE | PHYSVM_ALLOC_PHYS |
			    PHYSVM_ALLOC_CONTIG | PHYSVM_ALLOC_HIDDEN | PHYSVM_ALLOC_NORESERVE);
	else if (*flags & PHYSVM_ALLOC_NORESERVE)
		*flags &= ~(PHYSVM_ALLOC_PHYS | PHYSVM_ALLOC_CONTIG | PHYSVM_ALLOC_HIDDEN);
}

/* Only very few random allocations would be consistent. */
static void make_alloc_sane(struct rng *rng, struct call *call)
{
	uint64_t *flags = &arg(call, "flags")->number;
	const struct value none = {};

	if (!rng_one_in(rng, 8))
		*flags |= PHYSVM_ALLOC_MAP;
	if (!rng_one_in(rng, 3))
		*flags |= PHYSVM_ALLOC_COMMIT;
	if (!rng_one_in(rng, 3))
		*flags &= ~(PHYSVM_ALLOC_PHYS | PHYSVM_ALLOC_VIRT | PHYSVM_ALLOC_CARVE);
	make_kind_sane(rng, call);
	make_where_sane(rng, call);
	if (!(*flags & (PHYSVM_ALLOC_PHYS | PHYSVM_ALLOC_DEVICE)))
		*arg(call, "phys") = none;
	if (!(*flags & PHYSVM_ALLOC_MAP))
		arg(call, "prot")->number = 0;
	else if (!rng_one_in(rng, 4))
		arg(call, "prot")->number |= PHYSVM_PROT_READ | PHYSVM_PROT_WRITE;
	arg(call, "max")->number |= arg(call, "prot")->number;
	if (!rng_one_in(rng, 4))
		arg(call, "cache")->number = PHYSVM_CACHE_WB;
}

/* What stands in a place where value_default() of an address would be wrong. */
static struct value default_of(const struct argument *argument)
{
	static const struct {
		const char *name;
		struct value value;
	} special[] = {
		{ "virt", {} },
		{ "pager", { .base = BASE_FD, .slot = FD_PAGER } },
		{ "region", { .base = BASE_FD, .slot = FD_REGION } },
		{ "claim", { .base = BASE_FD, .slot = FD_CLAIM } },
	};
	unsigned int i;

	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (!strcmp(argument->name, special[i].name))
			return special[i].value;
	return value_default(argument->type);
}

/* So that those who make a descriptor and those who use it meet. */
static void make_fds_usual(struct rng *rng, struct call *call)
{
	static const char *const names[] = { "pager", "region", "claim" };
	const struct argument *args = call_types[call->type].args;
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct value *value = arg(call, names[i]);

		if (value && !rng_one_in(rng, 6))
			*value = default_of(&args[value - call->args]);
	}
}

/* Descriptor 0 is the device; hostile structs are for one call in four. */
static void make_ioctl_sane(struct rng *rng, struct call *call)
{
	if (arg(call, "dev") && !rng_one_in(rng, 30))
		call->args[0] = value_default(TYPE_FD);
	if (!rng_one_in(rng, 4)) {
		call->args[1] = (struct value){};
		call->args[2] = (struct value){};
		call->args[3] = (struct value){};
		if (call_types[call->type].args[4].type == TYPE_SMALL)
			call->args[4] = (struct value){};
	}
}

static bool is_ioctl(const struct call *call)
{
	return call_types[call->type].args[1].type == TYPE_STRUCT;
}

static void make_alloc_file_sane(struct rng *rng, struct call *call)
{
	uint64_t *flags = &arg(call, "flags")->number;

	*flags &= PHYSVM_ALLOC_FD | PHYSVM_ALLOC_LOW_GUARD | PHYSVM_ALLOC_HIGH_GUARD |
		  PHYSVM_ALLOC_DONTFORK;
	*flags |= PHYSVM_ALLOC_MAP | PHYSVM_ALLOC_FILE;
	arg(call, "source")->slot = FD_SOURCE;
	arg(call, "prot")->number |= PHYSVM_PROT_READ;
	arg(call, "max")->number |= arg(call, "prot")->number;
}

static void make_mmap_sane(struct rng *rng, struct call *call)
{
	uint64_t *flags = &arg(call, "flags")->number;

	*flags = (*flags & ~3ull) | 1;
	if (!rng_one_in(rng, 4))
		*flags &= ~0x20ull;
}

/* A whole number of what it is aligned to; its first page is never allocated. */
static void make_region_sane(struct rng *rng, struct call *call)
{
	uint64_t *length = &arg(call, "length")->number;
	const uint64_t align = 1ull << arg(call, "align")->number % 64;

	if (!rng_one_in(rng, 4))
		*arg(call, "virt") = (struct value){};
	*length = (*length + 4 * PAGE + align - 1) & -align;
}

/* Files of areas are where it is that they often are put. */
static void make_map_sane(struct rng *rng, struct call *call)
{
	make_where_sane(rng, call);
	if (!rng_one_in(rng, 3))
		*arg(call, "from") = value_default(TYPE_NEW_FD);
	if (!rng_one_in(rng, 2))
		arg(call, "offset")->number = 0;
}

static void make_sane(struct rng *rng, struct call *call)
{
	const struct call_type *type = &call_types[call->type];

	make_fds_usual(rng, call);
	if (is_ioctl(call))
		make_ioctl_sane(rng, call);
	if (type->run == call_reserve && !rng_one_in(rng, 10))
		make_where_sane(rng, call);
	if (type->run == call_map && !rng_one_in(rng, 10))
		make_map_sane(rng, call);
	if (type->run == call_region && !rng_one_in(rng, 6))
		make_region_sane(rng, call);
	if (type->run == call_alloc && !rng_one_in(rng, 10))
		make_alloc_sane(rng, call);
	if (type->run == call_alloc_file && !rng_one_in(rng, 6))
		make_alloc_file_sane(rng, call);
	if (type->run == call_mmap && !rng_one_in(rng, 8))
		make_mmap_sane(rng, call);
}

struct call call_random(struct rng *rng)
{
	struct call call = { .type = draw_type(rng) };
	const struct argument *args = call_types[call.type].args;
	unsigned int i;

	for (i = 0; args[i].name; i++)
		call.args[i] = value_random(rng, args[i].type);
	make_sane(rng, &call);
	return call;
}

void call_mutate(struct rng *rng, struct call *call)
{
	const struct argument *args = call_types[call->type].args;
	unsigned int n = 0, i;

	while (args[n].name)
		n++;
	i = rng_below(rng, n);
	value_tweak(rng, args[i].type, &call->args[i]);
}

/* Writing and reading: NAME ARGUMENT=VALUE…, without what is default. */

void call_print(FILE *out, const struct call *call)
{
	const struct call_type *type = &call_types[call->type];
	unsigned int i;

	if (call->lane)
		fprintf(out, "%u: ", call->lane);
	fputs(type->name, out);
	for (i = 0; type->args[i].name; i++) {
		const struct value standard = default_of(&type->args[i]);

		if (value_equal(&call->args[i], &standard))
			continue;
		fprintf(out, " %s=", type->args[i].name);
		value_print(out, type->args[i].type, &call->args[i]);
	}
	fputc('\n', out);
}

static void set_defaults(struct call *call)
{
	const struct argument *args = call_types[call->type].args;
	unsigned int i;

	for (i = 0; args[i].name; i++)
		call->args[i] = default_of(&args[i]);
}

static bool parse_argument(char *word, struct call *call)
{
	const struct argument *args = call_types[call->type].args;
	char *equals = strchr(word, '=');
	struct value *value;

	if (!equals)
		return false;
	*equals = '\0';
	value = arg(call, word);
	return value && value_parse(equals + 1, args[value - call->args].type, value);
}

static char *parse_lane(char *line, struct call *call)
{
	call->lane = 0;
	if (line[0] < '1' || line[0] > '2' || line[1] != ':')
		return line;
	call->lane = line[0] - '0';
	return line + 2;
}

/* Changes @line. */
bool call_parse(char *line, struct call *call)
{
	char *rest, *word = strtok_r(parse_lane(line, call), " \t\n", &rest);

	call->type = word ? call_type_find(word) : nr_call_types;
	if (call->type == nr_call_types)
		return false;
	set_defaults(call);
	while ((word = strtok_r(NULL, " \t\n", &rest)))
		if (!parse_argument(word, call))
			return false;
	return true;
}
