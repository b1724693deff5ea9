// SPDX-License-Identifier: GPL-2.0-only
#include "event_text.h"

#include "account.h"
#include "json.h"
#include "size.h"
#include "user.h"
#include "words.h"

#include <inttypes.h>
#include <stdio.h>

static bool has(const struct physvm_nl_event_info *event, unsigned int attribute)
{
	return physvm_nl_has(event->has, attribute);
}

/* Who: an account for a limit, else a user and a process. */
static void print_who(const struct physvm_nl_event_info *event)
{
	if (has(event, PHYSVM_NL_A_EVENT_ID))
		printf(" who=%s", account_text(event->account, event->id).text);
	if (has(event, PHYSVM_NL_A_EVENT_UID))
		printf(" user=%s", user_word(event->uid).text);
	if (has(event, PHYSVM_NL_A_EVENT_PID))
		printf(" pid=%" PRIu32, event->pid);
}

static void print_what(const struct ctl *ctl, const struct physvm_nl_event_info *event)
{
	if (has(event, PHYSVM_NL_A_EVENT_POOL))
		printf(" pool=%s", pool_word(event->pool));
	if (has(event, PHYSVM_NL_A_EVENT_PAGES))
		printf(" size=%s", size_of_pages(event->pages, ctl->bytes).text);
	if (has(event, PHYSVM_NL_A_EVENT_AREAS))
		printf(" areas=%" PRIu64, event->areas);
	if (has(event, PHYSVM_NL_A_EVENT_AREA_ID))
		printf(" area=%" PRIu64, event->area_id);
	if (has(event, PHYSVM_NL_A_EVENT_NAME))
		printf(" name=%s", event->name);
}

void event_print(const struct ctl *ctl, const struct physvm_nl_event_info *event)
{
	printf("[%6" PRIu64 ".%06" PRIu64 "] %" PRIu64 " %s", event->time / 1000000000,
	       event->time / 1000 % 1000000, event->seq, event_word(event->event));
	print_what(ctl, event);
	print_who(event);
	if (has(event, PHYSVM_NL_A_EVENT_REPEATED))
		printf(" times=%" PRIu32, event->repeated);
	putchar('\n');
	fflush(stdout);
}

static void add_who(json_t *object, const struct physvm_nl_event_info *event)
{
	const bool account = has(event, PHYSVM_NL_A_EVENT_ID);

	json_add(object, "account", account ? json_string(account_word(event->account)) :
					      json_null());
	json_add_known(object, "id", account, event->id);
	json_add_known(object, "uid", has(event, PHYSVM_NL_A_EVENT_UID), event->uid);
	json_add_known(object, "pid", has(event, PHYSVM_NL_A_EVENT_PID), event->pid);
}

static void add_what(json_t *object, const struct physvm_nl_event_info *event)
{
	json_add(object, "pool", has(event, PHYSVM_NL_A_EVENT_POOL) ?
		 json_string(pool_word(event->pool)) : json_null());
	json_add_known(object, "size_bytes", has(event, PHYSVM_NL_A_EVENT_PAGES),
		       pages_to_bytes(event->pages));
	json_add_known(object, "areas", has(event, PHYSVM_NL_A_EVENT_AREAS), event->areas);
	json_add_known(object, "area_id", has(event, PHYSVM_NL_A_EVENT_AREA_ID), event->area_id);
	if (has(event, PHYSVM_NL_A_EVENT_NAME))
		json_add_text(object, "name", event->name);
	else
		json_add(object, "name", json_null());
}

void event_print_json(const struct physvm_nl_event_info *event, uint64_t missed)
{
	json_t *object = json_new_object();

	json_add_number(object, "seq", event->seq);
	json_add_number(object, "time_ns", event->time);
	json_add_text(object, "event", event_word(event->event));
	json_add_number(object, "times", has(event, PHYSVM_NL_A_EVENT_REPEATED) ?
			event->repeated : 1);
	json_add_number(object, "missed", missed);
	add_what(object, event);
	add_who(object, event);
	json_print_line(object);
}
