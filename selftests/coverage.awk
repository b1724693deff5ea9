# SPDX-License-Identifier: GPL-2.0-only
#
# Sums up what gcov -t says of several guests: "COUNT:LINE:TEXT" after
# "-:0:Source:FILE".  A line is reached when any of them did.
#
# What is not reached is "FILE FUNCTION(): TEXT" in the explanations, indented
# by four, which does not change with every line above it.

function trim(text) {
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	return text
}

# The identifier before the first bracket of a line that is not indented.
function name_of(text) {
	match(text, /[A-Za-z0-9_]+\(/)
	return substr(text, RSTART, RLENGTH - 1)
}

function percent(file) {
	return sprintf("%.1f", 100 * reached[file] / lines[file])
}

function row(file) {
	printf "# %-20s %6d %8d %8s\n", file, lines[file], reached[file], percent(file)
}

function tally(line, file) {
	file = file_of[line]
	lines[file]++
	lines["total"]++
	if (executed[line]) {
		reached[file]++
		reached["total"]++
	} else {
		missed[++misses] = line
	}
}

function expect(good, what) {
	printf "%s %d coverage: %s\n", good ? "ok" : "not ok", ++number, what
	failed += !good
}

function read_explanations(line) {
	while ((getline line <explanations) > 0)
		if (sub(/^    module\//, "module/", line))
			explained[trim(line)] = 1
	close(explanations)
}

function print_missed(i, line) {
	for (i = 1; i <= misses; i++) {
		line = missed[i]
		printf "# %s:%d: %s%s\n", file_of[line], number_of[line], text_of[line],
			key_of[line] in explained ? "" : "   <- not explained"
		unexplained += !(key_of[line] in explained)
		unreached[key_of[line]] = 1
	}
}

# An explanation may be of a line that is reached now and then.
function print_stale(key) {
	for (key in explained) {
		if (!(key in known)) {
			print "# no such line: " key
			stale++
		} else if (!(key in unreached)) {
			print "# reached after all: " key
		}
	}
}

BEGIN { FS = ":" }

$2 == 0 {
	if (/:Source:/) {
		file = $0
		ours = sub(/.*\/src\/module\//, "module/", file)
		if (ours && !(file in lines)) {
			files[++nr_files] = file
			lines[file] = 0
		}
		name = ""
	}
	next
}

!ours { next }

{
	text = $0
	sub(/^[^:]*:[^:]*:/, "", text)
	if (text ~ /^[A-Za-z_].*\(/ && text !~ /;$/)
		name = name_of(text)
	count = trim($1)
	if (count == "-")
		next
	id = file ":" $2
	if (!(id in file_of)) {
		order[++nr] = id
		file_of[id] = file
		number_of[id] = $2 + 0
		text_of[id] = trim(text)
		key_of[id] = file " " name "(): " text_of[id]
		known[key_of[id]] = 1
	}
	if (count !~ /^[#=]/)
		executed[id] = 1
}

END {
	read_explanations()
	for (i = 1; i <= nr; i++)
		tally(order[i])
	print "TAP version 13"
	printf "# %-20s %6s %8s %8s\n", "file", "lines", "reached", "percent"
	for (i = 1; i <= nr_files; i++)
		if (lines[files[i]])
			row(files[i])
	row("total")
	print_missed()
	expect(percent("total") >= least, percent("total") " % of the lines are reached, at least " least " %")
	expect(!unexplained, "docs/coverage.md explains what is not reached")
	print_stale()
	expect(!stale, "docs/coverage.md names no line that is gone")
	print "1.." number
	exit failed > 0
}
