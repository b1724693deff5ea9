// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The handles of the process.
 *
 * A handle is TAG | generation | index of a slot.  The kernel cannot make a
 * table of TAG descriptors, so no descriptor has that number, and INVALID_HANDLE
 * has a bit more than there is room for.
 *
 * A slot has one word that is only changed atomically, and there is no lock.  A
 * fork in the middle of anything leaves the child with nothing to wait for; at
 * worst with an object that counts a user it has not got, whose descriptor stays
 * until the child ends.
 *
 * The program does not know of the descriptors and may close them: daemons close
 * every number they can think of.  An object is only used while its number still
 * leads to the file it was made with.
 */
#include "kasperskyos_handle.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "export.h"
#include "kasperskyos_retcode.h"
#include "sys.h"

#define INDEX_BITS 12
#define GENERATION_BITS 18
#define SLOTS (1u << INDEX_BITS)
#define TAG (1u << (INDEX_BITS + GENERATION_BITS))

/* The word of a slot; free, or not published yet, is one without a kind. */
#define USER ((uint64_t)1)
#define USERS (((uint64_t)1 << 24) - 1)
#define KIND_SHIFT 24
#define KIND ((uint64_t)0x7f << KIND_SHIFT)
#define CLOSED ((uint64_t)1 << 31)
#define GENERATION_SHIFT 32

struct slot {
	uint64_t word;
	struct physvm_kn_object object;
};

static struct slot slots[SLOTS];
static unsigned int next;	/* all others come first before a slot is used again */

static struct slot *slot_of(Handle handle)
{
	return &slots[handle % SLOTS];
}

static uint64_t generation(uint64_t word)
{
	return word >> GENERATION_SHIFT;
}

static Handle handle_of(const struct slot *slot, uint64_t word)
{
	return TAG | (Handle)generation(word) << INDEX_BITS | (Handle)(slot - slots);
}

static bool exchange(struct slot *slot, uint64_t *word, uint64_t now)
{
	return __atomic_compare_exchange_n(&slot->word, word, now, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static bool is_free(uint64_t word)
{
	return !(word & (KIND | USERS));
}

/* A slot that nobody else can have or look up, its word in *word. */
static struct slot *take_slot(uint64_t *word)
{
	for (unsigned int tries = 0; tries < SLOTS; tries++) {
		struct slot *slot = &slots[__atomic_fetch_add(&next, 1, __ATOMIC_RELAXED) % SLOTS];

		*word = __atomic_load_n(&slot->word, __ATOMIC_RELAXED);
		if (is_free(*word) && exchange(slot, word, *word | USER))
			return slot;
	}
	return NULL;
}

static void publish(struct slot *slot, uint64_t word, enum physvm_kn_kind kind)
{
	__atomic_store_n(&slot->word, word | (uint64_t)kind << KIND_SHIFT, __ATOMIC_RELEASE);
}

int physvm_kn_handle_new(const struct physvm_kn_object *object, Handle *handle)
{
	struct stat status = { 0 };
	struct slot *slot;
	uint64_t word;
	int err;

	err = object->fd < 0 ? 0 : physvm_sys_fstat(object->fd, &status);
	if (err)
		return err;
	slot = take_slot(&word);
	if (!slot)
		return -EMFILE;
	slot->object = *object;
	slot->object.dev = status.st_dev;
	slot->object.ino = status.st_ino;
	*handle = handle_of(slot, word);
	publish(slot, word, object->kind);
	return 0;
}

static bool matches(uint64_t word, Handle handle, enum physvm_kn_kind kind)
{
	const uint64_t has = (word & KIND) >> KIND_SHIFT;

	return has && !(word & CLOSED) && handle == handle_of(slot_of(handle), word) &&
	       (kind == PHYSVM_KN_NOTHING || kind == has);
}

/* One more user; @closed forbids any after that. */
static bool use(Handle handle, enum physvm_kn_kind kind, uint64_t closed)
{
	struct slot *slot = slot_of(handle);
	uint64_t word = __atomic_load_n(&slot->word, __ATOMIC_ACQUIRE);

	do {
		if (!matches(word, handle, kind))
			return false;
	} while (!exchange(slot, &word, (word + USER) | closed));
	return true;
}

static bool still_open(const struct physvm_kn_object *object)
{
	struct stat now;

	return object->fd < 0 ||
	       (!physvm_sys_fstat(object->fd, &now) &&
		now.st_dev == object->dev && now.st_ino == object->ino);
}

const struct physvm_kn_object *physvm_kn_handle_get(Handle handle, enum physvm_kn_kind kind)
{
	const struct physvm_kn_object *object = &slot_of(handle)->object;

	if (!use(handle, kind, 0))
		return NULL;
	if (still_open(object))
		return object;
	physvm_kn_handle_put(handle);
	return NULL;
}

static void end(struct slot *slot, uint64_t word)
{
	const uint64_t mask = ((uint64_t)1 << GENERATION_BITS) - 1;
	const struct physvm_kn_object *object = &slot->object;

	if (object->end)
		object->end(object);
	if (object->fd >= 0 && still_open(object))
		physvm_sys_close(object->fd);
	word = ((generation(word) + 1) & mask) << GENERATION_SHIFT;
	__atomic_store_n(&slot->word, word, __ATOMIC_RELEASE);
}

void physvm_kn_handle_put(Handle handle)
{
	struct slot *slot = slot_of(handle);
	uint64_t word = __atomic_sub_fetch(&slot->word, USER, __ATOMIC_ACQ_REL);

	if (word & CLOSED && !(word & USERS))
		end(slot, word);
}

int physvm_kn_handle_close(Handle handle, enum physvm_kn_kind kind)
{
	if (!use(handle, kind, CLOSED))
		return -EBADF;
	physvm_kn_handle_put(handle);
	return 0;
}

EXPORT Retcode KnHandleClose(Handle handle)
{
	return physvm_kn_retcode(physvm_kn_handle_close(handle, PHYSVM_KN_NOTHING));
}
