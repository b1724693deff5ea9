// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making, changing, writing and reading programs.
 */
#include <stdlib.h>
#include <string.h>

#include "program.h"

bool program_races(const struct program *program)
{
	unsigned int i;

	for (i = 0; i < program->nr_calls; i++)
		if (program->calls[i].lane)
			return true;
	return false;
}

/* Making. */

static void race(struct rng *rng, struct program *program)
{
	unsigned int before = rng_below(rng, program->nr_calls), i;

	program->rounds = 1 + rng_below(rng, 16);
	for (i = before; i < program->nr_calls; i++)
		program->calls[i].lane = 1 + rng_below(rng, 2);
}

/* Half of them begin with something to act on. */
static struct call first_call(struct rng *rng)
{
	struct call call = call_random(rng);
	unsigned int tries;

	for (tries = 0; tries < 50 && call_types[call.type].run != call_alloc; tries++)
		call = call_random(rng);
	return call;
}

void program_generate(struct rng *rng, struct program *program)
{
	unsigned int i;

	program->rounds = 1;
	program->nr_calls = 2 + rng_below(rng, MAX_CALLS - 2);
	for (i = 0; i < program->nr_calls; i++)
		program->calls[i] = i < 2 && rng_one_in(rng, 2) ? first_call(rng) :
								  call_random(rng);
	if (rng_one_in(rng, 5))
		race(rng, program);
}

/* Changing. */

void program_remove(struct program *program, unsigned int call)
{
	program->nr_calls--;
	memmove(&program->calls[call], &program->calls[call + 1],
		(program->nr_calls - call) * sizeof(struct call));
}

static void insert(struct program *program, unsigned int at, struct call call)
{
	if (program->nr_calls == MAX_CALLS)
		program_remove(program, MAX_CALLS - 1);
	if (at > program->nr_calls)
		at = program->nr_calls;
	memmove(&program->calls[at + 1], &program->calls[at],
		(program->nr_calls - at) * sizeof(struct call));
	if (at < program->nr_calls)
		call.lane = program->calls[at + 1].lane;
	else if (at)
		call.lane = program->calls[at - 1].lane;
	program->calls[at] = call;
	program->nr_calls++;
}

static void swap(struct program *program, unsigned int i, unsigned int j)
{
	struct call call = program->calls[i];

	program->calls[i] = program->calls[j];
	program->calls[j] = call;
}

/* Calls from somewhere in @other to its end, in the place of ours. */
static void cross(struct rng *rng, struct program *program, const struct program *other)
{
	unsigned int at = rng_below(rng, program->nr_calls + 1);
	unsigned int from = rng_below(rng, other->nr_calls);

	while (at < MAX_CALLS && from < other->nr_calls)
		program->calls[at++] = other->calls[from++];
	program->nr_calls = at;
	if (other->rounds > program->rounds)
		program->rounds = other->rounds;
}

static void serialize(struct program *program)
{
	unsigned int i;

	program->rounds = 1;
	for (i = 0; i < program->nr_calls; i++)
		program->calls[i].lane = 0;
}

static void mutate_once(struct rng *rng, struct program *program, const struct program *other)
{
	const unsigned int at = rng_below(rng, program->nr_calls);

	switch (rng_below(rng, 16)) {
	case 0 ... 6:
		call_mutate(rng, &program->calls[at]);
		break;
	case 7 ... 9:
		insert(program, rng_below(rng, program->nr_calls + 1), call_random(rng));
		break;
	case 10:
		if (program->nr_calls > 1)
			program_remove(program, at);
		break;
	case 11:
		insert(program, rng_below(rng, program->nr_calls + 1), program->calls[at]);
		break;
	case 12:
		swap(program, at, rng_below(rng, program->nr_calls));
		break;
	case 13:
		race(rng, program);
		break;
	case 14:
		serialize(program);
		break;
	default:
		cross(rng, program, other);
	}
}

void program_mutate(struct rng *rng, struct program *program, const struct program *other)
{
	do
		mutate_once(rng, program, other);
	while (!rng_one_in(rng, 4));
}

/* Writing and reading. */

void program_print(FILE *out, const struct program *program, const char *prefix)
{
	unsigned int i;

	if (program->rounds > 1)
		fprintf(out, "%srounds %u\n", prefix, program->rounds);
	for (i = 0; i < program->nr_calls; i++) {
		fputs(prefix, out);
		call_print(out, &program->calls[i]);
	}
}

static bool parse_line(char *line, struct program *program)
{
	line += strspn(line, " \t");
	if (*line == '#' || *line == '\n' || !*line)
		return true;
	if (!strncmp(line, "rounds ", 7)) {
		program->rounds = atoi(line + 7);
		return program->rounds > 0;
	}
	return program->nr_calls < MAX_CALLS &&
	       call_parse(line, &program->calls[program->nr_calls++]);
}

/* false, and the line on stderr, where it is wrong. */
bool program_parse(FILE *in, struct program *program)
{
	char line[1024], copy[1024];

	*program = (struct program){ .rounds = 1 };
	while (fgets(line, sizeof(line), in)) {
		strcpy(copy, line);
		if (!parse_line(line, program)) {
			fprintf(stderr, "no call: %s", copy);
			return false;
		}
	}
	return program->nr_calls > 0;
}

uint32_t program_hash(const struct program *program)
{
	char *text;
	size_t length, i;
	FILE *out = open_memstream(&text, &length);
	uint32_t hash = 0x811c9dc5;

	program_print(out, program, "");
	fclose(out);
	for (i = 0; i < length; i++)
		hash = (hash ^ (uint8_t)text[i]) * 0x01000193;
	free(text);
	return hash;
}
