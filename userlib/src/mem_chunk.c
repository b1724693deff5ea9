// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Chunks, the allocator's unit for what is small.
 */
#include "mem_chunk.h"

#include <string.h>

#define SLOTS_SIZE (MEM_CHUNK_SIZE - sizeof(struct mem_chunk))

struct place {
	uint32_t word;
	uint64_t bit;
};

static struct place place_of(size_t slot)
{
	return (struct place){ slot / 64, 1ull << slot % 64 };
}

static void take_slots_there_are_not(struct mem_chunk *chunk)
{
	for (size_t slot = chunk->slots; slot < MEM_CHUNK_WORDS * 64; slot++)
		chunk->taken[place_of(slot).word] |= place_of(slot).bit;
}

struct mem_chunk *physvm_mem_chunk_make(void *memory, uint32_t slot_size)
{
	struct mem_chunk *chunk = (void *)((char *)memory + SLOTS_SIZE);

	memset(chunk, 0, sizeof(*chunk));
	chunk->slot_size = slot_size;
	chunk->slots = SLOTS_SIZE / slot_size;
	take_slots_there_are_not(chunk);
	return chunk;
}

void *physvm_mem_chunk_memory(const struct mem_chunk *chunk)
{
	return (char *)chunk - SLOTS_SIZE;
}

void *physvm_mem_chunk_take(struct mem_chunk *chunk)
{
	uint32_t slot;

	while (!~chunk->taken[chunk->first])
		chunk->first++;
	slot = chunk->first * 64 + (uint32_t)__builtin_ctzll(~chunk->taken[chunk->first]);
	chunk->taken[chunk->first] |= place_of(slot).bit;
	chunk->used++;
	return (char *)physvm_mem_chunk_memory(chunk) + (size_t)slot * chunk->slot_size;
}

static size_t offset_of(const struct mem_chunk *chunk, const void *addr)
{
	return (size_t)((const char *)addr - (char *)physvm_mem_chunk_memory(chunk));
}

bool physvm_mem_chunk_has(const struct mem_chunk *chunk, const void *addr)
{
	size_t offset = offset_of(chunk, addr), slot = offset / chunk->slot_size;

	return offset % chunk->slot_size == 0 && slot < chunk->slots &&
	       chunk->taken[place_of(slot).word] & place_of(slot).bit;
}

void physvm_mem_chunk_give(struct mem_chunk *chunk, const void *addr)
{
	struct place place = place_of(offset_of(chunk, addr) / chunk->slot_size);

	chunk->taken[place.word] &= ~place.bit;
	chunk->used--;
	if (place.word < chunk->first)
		chunk->first = place.word;
}
