# SPDX-License-Identifier: GPL-2.0-only
#
# Makes one TAP stream of those of several guests, counts what is in it, and
# says at the end what failed: kernel, program, test, file and line.  Its own
# output is input as well.
#
# A program's own results are the lines "# ok" and "# not ok" before the
# program's line.  They count; the program counts by itself only if it has none,
# or if it failed although none of them did, or stopped before its last one.
#
# A line "boot: KERNEL" says which guest the following lines come from; "the
# guest of" is in the guest's own line, which comes last.  A line "step: WHAT"
# begins a part of several guests, whose own line begins with "step WHAT:".
#
# Variables: sources, a directory, where the tests are; records, a directory in
# which every kernel gets a file of its results, for kernels.awk; append, whether
# there are results of it already; commit, the sources' version; hurried, whether it
# is no failure that there was time for nothing.

function place() {
	return boot ? boot ": " : ""
}

function program(what) {
	return running && index(what, running) == 0 ? running ": " : ""
}

function because(why) {
	return why == "" ? "" : ": " why
}

# clue: what is known of anything but a test
function clue() {
	return said (said && error ? ": " : "") error during((said error) ? " " : "")
}

function forget_clue() {
	said = error = ""
}

# count RESULT WHAT WHY: WHY only matters if it failed
function count(result, what, why) {
	if (what ~ /# *SKIP/) {
		result = "skipped"
		skips = skips "# skipped: " place() program(what) what "\n"
	} else if (result != "ok") {
		result = "failed"
		failures = failures "# failed: " place() program(what) what because(why) "\n"
	}
	total[result]++
	if (boot)
		tally[boot, result]++
	record(result, what)
}

function begin(what) {
	running = what
	planned = seen = bad = 0
	begin_test("")
}

function begin_test(what) {
	name = what
	expected = ended = ""
}

# where NAME: the lines of the source that define the test NAME of the program
function where(name,   part, n, file) {
	n = split(name, part, ".")
	file = running
	sub(/_32bit/, "", file)
	if ((file, part[1], part[n]) in defined)
		return defined[file, part[1], part[n]]
	return defined["", part[1], part[n]]
}

# The harness names the line of what was expected; anything else that ends a
# test, a timeout or a signal, happens at a line that nobody knows.
function why_test(what,   at) {
	at = where(name ? name : what)
	if (expected == "")
		return at (at && ended ? ": " : "") ended
	return expected (ended ~ /step #|assertion/ || ended == "" ? "" : "; " ended)
}

function during(space) {
	return name == "" ? "" : space "during " name (where(name) ? " (" where(name) ")" : "")
}

# The program's line, or the line of a guest that is the program
function finish(result, what) {
	if (seen == 0)
		count(result, what, clue())
	else if (seen < planned)
		count("not ok", "only " seen " of " planned " results: " what, clue())
	else if (result == "not ok" && bad == 0)
		count(result, what, clue())
	begin("")
}

# The guest itself failed, not the program that is all it runs.
function guest_failed(what) {
	return running == "" || !index(what, "the guest of " running) ||
	       what ~ /exit status 1(19|2[0-5]) /
}

# A guest that passed is worth nothing if it did not run what it was to run.
function finish_guest(result, what) {
	if (!guest_failed(what))
		finish(result, what)
	else if (result == "ok" && what !~ /# *SKIP/ && (!programs || programs < plan))
		count("not ok", what, (programs + 0) " of " (plan + 0) " programs have run")
	else
		count(result, what, clue())
	end_guest()
}

function end_guest() {
	if (opened)
		tally[boot, "seconds"] += systime() - since
	opened = 0
}

# begin_guest NAME: "" is for what comes from no guest
function begin_guest(name) {
	if (opened)
		count("not ok", "the guest of which nothing more came", clue())
	end_guest()
	begin("")
	boot = name
	opened = boot != ""
	since = systime()
	plan = programs = 0
	forget_clue()
	if (opened && !(boot in known)) {
		known[boot] = ++kernels
		kernel[kernels] = boot
	}
}

function counted() {
	return total["ok"] + total["failed"] + total["skipped"]
}

# A step that says it failed, after failures, is none more.
function finish_step(result, what,   why) {
	why = clue()
	begin_guest("")
	if (what ~ /# *SKIP/)
		count(result, what)
	else if (result == "ok" && counted() == before)
		count("not ok", what, "nothing came of it")
	else if (result != "ok" && total["failed"] == before_failed)
		count(result, what, why)
}

function begin_step() {
	begin_guest("")
	before = counted()
	before_failed = total["failed"]
}

# Results, as lines of fields between tabs.

function record(result, what,   file) {
	if (!records || boot !~ /^[a-z0-9.-]+$/)
		return
	file = records "/" boot
	if (append)
		printf "%s\t%s\t%s\n", result, running, what >>file
	else
		printf "%s\t%s\t%s\n", result, running, what >file
}

function record_ends(   i) {
	for (i = 1; i <= kernels; i++) {
		boot = kernel[i]
		if (release[boot] || !append)
			record("release", release[boot])
		record("commit", commit)
	}
}

# The table.

function number_of(i, what) {
	return tally[kernel[i], what] + 0
}

function print_table(   i, row) {
	row = "# %-8s %-40s %6s %6s %7s %7s\n"
	if (kernels)
		printf row, "kernel", "release", "passed", "failed", "skipped", "seconds"
	for (i = 1; i <= kernels; i++)
		printf row, kernel[i], release[kernel[i]] ? release[kernel[i]] : "-",
			number_of(i, "ok"), number_of(i, "failed"), number_of(i, "skipped"),
			number_of(i, "seconds")
}

# Where the tests are: "FILE:LINE:TEST_F(FIXTURE, NAME)", or "TEST(NAME)".
function read_sources(   command, line, part, at, file) {
	command = "cd " sources "/.. && grep -nHE '^TEST(_[A-Z]+)*[(]' selftests/*_test.c"
	while ((command | getline line) > 0) {
		split(line, part, ":")
		at = part[1] ":" part[2]
		file = part[1]
		gsub(/^.*\/|\.c$/, "", file)
		sub(/^[^(]*\(/, "", line)
		split(line ~ /,/ ? line : "global, " line, part, /[,) ]+/)
		defined[file, part[1], part[2]] = at
		defined["", part[1], part[2]] = at
	}
	close(command)
}

BEGIN {
	print "TAP version 13"
	if (sources)
		read_sources()
}

/^(# )?boot: / {
	what = $0
	sub(/^(# )?boot: */, "", what)
	begin_guest(what)
}
/^(# )?step: / { begin_step() }
/^(# )?release: / {
	what = $0
	gsub(/^(# )?release: *| *$/, "", what)
	release[boot] = what
}
/^TAP version/ { next }
/^1\.\.[0-9]+/ && !opened { next }

/^(not )?ok( |$)/ {
	result = /^not/ ? "not ok" : "ok"
	what = $0
	sub(/^(not )?ok *[0-9]* *-? */, "", what)
	if (boot && index(what, boot ": ") == 1)
		what = substr(what, length(boot) + 3)
	programs += what ~ /selftests: /
	if (what ~ /^step /)
		finish_step(result, what)
	else if (opened && what ~ /the guest of /)
		finish_guest(result, what)
	else
		finish(result, what)
	print result " " ++number " " place() what
	fflush()
	forget_clue()
	next
}

/^# selftests: / {
	what = $0
	sub(/^# selftests: [^:]*: /, "", what)
	begin(what)
}
/^(# )?1\.\.[0-9]+/ {
	what = $0
	sub(/^(# )?1\.\./, "", what)
	if (running)
		planned = what + 0
	else
		plan = what + 0
}
/^# #  RUN / { begin_test($4) }

# "# # FILE:LINE:TEST:Expected …", and "# # TEST: Test terminated by …"
/^# # [^ ]+\.[ch]:[0-9]+:[^:]*:Expected / && expected == "" {
	what = $3
	split(what, part, ":")
	expected = $0
	sub(/^.*:Expected/, "Expected", expected)
	expected = (part[1] ~ /\// ? "" : "selftests/") part[1] ":" part[2] ": " expected
}
/^# # [^ ]+: Test / {
	ended = $0
	sub(/^.*: Test /, "", ended)
}

# What went wrong where there are no tests: the first error of a compiler or a
# checker, the first line of the kernel's complaint, the guest's own last word.
/^(# )*[^ :]*[.\/][^ :]*:[0-9]+:([0-9]+:)? / || /^(# )*In .* line [0-9]+:$/ {
	if (error == "" && !/ (warning|note): /) {
		error = $0
		sub(/^(# )*/, "", error)
	}
}
/^(# )*(vm|init): / {
	said = $0
	sub(/^(# )*(vm|init): /, "", said)
}

/^# (not )?ok [0-9]/ {
	seen++
	result = /^# not/ ? "not ok" : "ok"
	bad += result == "not ok"
	what = $0
	sub(/^# (not )?ok [0-9]+ */, "", what)
	if (expected && sub(/# *SKIP/, "skipped although:", what))
		result = "not ok"
	count(result, what ~ /^#|^skipped/ ? name " " what : what, why_test(what))
	begin_test("")
}

{
	print /^#/ ? $0 : "# " $0
	fflush()
}

END {
	begin_guest("")
	print "1.." number + 0
	printf "%s", skips
	print_table()
	printf "%s", failures
	printf "%d passed, %d failed\n", total["ok"], total["failed"]
	record_ends()
	exit total["failed"] > 0 || (total["ok"] == 0 && !hurried)
}
