# SPDX-License-Identifier: GPL-2.0-only
#
# Makes one TAP stream of those of several guests and counts what is in it.
#
# A program's own results are the lines "# ok" and "# not ok" before the
# program's line.  They count; the program counts by itself only if it has none,
# or if it failed although none of them did, or stopped before its last one.
# A line "boot: NAME" says which guest the following lines come from.  Its
# own output is input as well.

# place WHAT: the guest, unless WHAT begins with it
function place(what) {
	return boot && index(what, boot ": ") != 1 ? boot ": " : ""
}

function program() {
	return running ? running ": " : ""
}

function count(result, what) {
	if (what ~ /# *SKIP/) {
		skipped++
		skips = skips "# skipped: " place(what) program() what "\n"
	} else if (result == "ok") {
		passed++
	} else {
		failed++
		failures = failures "# failed: " place(what) program() what "\n"
	}
}

function begin(what) {
	running = what
	planned = seen = bad = 0
}

function finish(result, what) {
	if (seen == 0)
		count(result, what)
	else if (seen < planned)
		count("not ok", "only " seen " of " planned " results: " what)
	else if (result == "not ok" && bad == 0)
		count(result, what)
	print result " " ++number " " place(what) what
	begin("")
}

BEGIN { print "TAP version 13" }

/^(# )?boot: / { boot = $0; sub(/^(# )?boot: /, "", boot) }
/^TAP version/ { next }
/^1\.\.[0-9]+/ { next }

/^(not )?ok( |$)/ {
	result = /^not/ ? "not ok" : "ok"
	what = $0
	sub(/^(not )?ok *[0-9]* *-? */, "", what)
	finish(result, what)
	fflush()
	next
}

/^# selftests: / { begin($NF) }
/^# 1\.\.[0-9]+/ { planned = substr($2, 4) + 0 }
/^# #  RUN / { name = $4 }

/^# (not )?ok [0-9]/ {
	seen++
	result = /^# not/ ? "not ok" : "ok"
	bad += result == "not ok"
	what = $0
	sub(/^# (not )?ok [0-9]+ */, "", what)
	count(result, what ~ /^#/ ? name " " what : what)
}

{
	print /^#/ ? $0 : "# " $0
	fflush()
}

END {
	print "1.." number
	printf "%s%s", skips, failures
	printf "%d passed, %d failed\n", passed, failed
	exit failed > 0 || passed == 0
}
