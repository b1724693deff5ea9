// SPDX-License-Identifier: GPL-2.0-only
/*
 * physvmctl watch: what happens, when it happens.
 */
#include "event_text.h"
#include "fail.h"
#include "keys.h"
#include "options.h"
#include "size.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/**
 * struct watch - how long to watch
 * @count: events; 0 for no end
 * @seconds: time; 0 for no end
 * @seen: events so far
 * @lost: events missed before the last seen
 * @end: when it is over, if @seconds
 */
struct watch {
	uint64_t count;
	uint64_t seconds;
	uint64_t seen;
	uint64_t lost;
	int64_t end;
};

enum { OPTION_COUNT = OPTION_FIRST, OPTION_TIMEOUT };

static int take_option(const struct ctl *ctl, int option, const char *value, void *data)
{
	struct watch *watch = data;
	uint64_t *number = option == OPTION_COUNT ? &watch->count : &watch->seconds;

	return parse_number(value, number) && *number && *number <= 1u << 30 ? 0 :
		fail_usage(ctl, "%s: not a number from 1 on", value);
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Milliseconds; less than none is none. */
static int time_left(const struct watch *watch)
{
	const int64_t left = watch->end - now();

	if (!watch->seconds)
		return -1;
	return left < 0 ? 0 : left > 60000 ? 60000 : left;
}

static bool is_over(const struct watch *watch)
{
	return keys_interrupted() || (watch->count && watch->seen >= watch->count) ||
	       (watch->seconds && now() >= watch->end);
}

static void tell(const struct ctl *ctl, struct watch *watch,
		 const struct physvm_nl_event_info *event, uint64_t lost)
{
	const uint64_t missed = lost - watch->lost;

	watch->lost = lost;
	watch->seen++;
	if (ctl->json) {
		event_print_json(event, missed);
		return;
	}
	if (missed)
		printf("*** %" PRIu64 " events missed\n", missed);
	event_print(ctl, event);
}

static int tell_all(const struct ctl *ctl, struct watch *watch, struct physvm_nl_events *events)
{
	struct physvm_nl_event_info event;
	int err = 0;

	while (!is_over(watch)) {
		err = physvm_nl_next_event(events, &event);
		if (err)
			break;
		tell(ctl, watch, &event, physvm_nl_events_lost(events));
	}
	return err == -EAGAIN || err == -EINTR ? 0 : err;
}

/* A reader that has gone away ends it, too: nobody sees what is written. */
static int listen_to(const struct ctl *ctl, struct watch *watch, struct physvm_nl_events *events)
{
	struct pollfd wait = { .fd = physvm_nl_events_fd(events), .events = POLLIN };
	int err = 0;

	while (!err && !is_over(watch) && !ferror(stdout)) {
		if (poll(&wait, 1, time_left(watch)) == 1)
			err = tell_all(ctl, watch, events);
	}
	return err;
}

static int subscribe(const struct ctl *ctl, struct watch *watch)
{
	struct physvm_nl_events *events;
	int err = physvm_nl_subscribe(&events);

	if (err == -ENOENT)
		return fail_connect(err);
	if (err)
		return fail(ctl, err, "events");
	keys_catch_signals();
	watch->end = now() + (int64_t)watch->seconds * 1000;
	err = listen_to(ctl, watch, events);
	physvm_nl_unsubscribe(events);
	return err ? fail(ctl, err, "events") : EXIT_SUCCESS;
}

int watch_run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option own[] = {
		{ "count", required_argument, NULL, OPTION_COUNT },
		{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
		OPTION_END
	};
	struct watch watch = { 0 };
	const int result = options_parse(ctl, argc, argv, own, take_option, &watch, 0);

	return result ? options_status(result) : subscribe(ctl, &watch);
}
