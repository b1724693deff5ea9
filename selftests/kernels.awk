# SPDX-License-Identifier: GPL-2.0-only
#
# Makes docs/kernels.md of what tap.awk recorded: a file for each kernel, named
# like it, of lines RESULT, PROGRAM and TEST between tabs.  No times, no date:
# the same results give the same text.

BEGIN { FS = "\t" }

function cell(k, program,   text) {
	text = n[k, program, "ok"] + 0 ""
	if (n[k, program, "failed"])
		text = text ", **" n[k, program, "failed"] " failed**"
	if (n[k, program, "skipped"])
		text = text ", " n[k, program, "skipped"] " skipped"
	return (k, program) in ran ? text : "–"
}

function print_row(title, program,   k, line) {
	line = "| " title " |"
	for (k = 1; k <= kernels; k++)
		line = line " " (program == "" ? name[k] : cell(k, program)) " |"
	print line
}

FNR == 1 {
	name[++kernels] = FILENAME
	sub(/.*\//, "", name[kernels])
}
$1 == "release" { release[kernels] = $3; next }
# The guests may have been run at another than the programs.
$1 == "commit" {
	if (index(commit[kernels], $3) == 0)
		commit[kernels] = commit[kernels] (commit[kernels] == "" ? "" : ", ") $3
	next
}
{
	program = $2 == "" ? "what the guests say themselves" : $2
	if (!(program in known)) {
		known[program] = 1
		order[++programs] = program
	}
	ran[kernels, program] = ran[kernels, "all"] = 1
	n[kernels, program, $1]++
	n[kernels, "all", $1]++
}
$1 == "skipped" {
	why = $3
	sub(/.*# *SKIP */, "", why)
	why = why == "" ? "(it does not say why)" : why
	said[why, kernels]++
	if (!(why in where))
		reasons[++nr_reasons] = why
	if (index(where[why] ",", " " program ",") == 0)
		where[why] = where[why] (where[why] ? ", " : " ") program
}
$1 == "failed" { failures = failures "- " name[kernels] ": " $2 ": " $3 "\n" }

function skipped_on(why,   k, text) {
	for (k = 1; k <= kernels; k++)
		if ((why, k) in said)
			text = text (text ? ", " : "") said[why, k] " on " name[k]
	return text
}

END {
	print "# Kernels\n"
	print "What the tests said on each kernel. Made by `make kernels-doc` from the results of"
	print "`make check-kernels` and `make check-debug`; not to be edited.\n"
	print "| kernel | release | tested at commit | result |\n|---|---|---|---|"
	for (k = 1; k <= kernels; k++)
		printf "| %s | %s | %s | %s |\n", name[k], release[k] == "" ? "–" : release[k],
			commit[k], cell(k, "all")
	if (missing)
		print "\nNot run:" missing "."
	print "\nTests passed, by program:\n"
	print_row("program", "")
	line = "|---|"
	for (k = 1; k <= kernels; k++)
		line = line "---|"
	print line
	for (i = 1; i <= programs; i++)
		print_row(order[i], order[i])
	if (failures)
		printf "\nFailed:\n\n%s", failures
	if (nr_reasons)
		print "\nSkipped, with the programs and the number of tests:\n"
	for (i = 1; i <= nr_reasons; i++)
		printf "- %s (%s): %s\n", reasons[i], substr(where[reasons[i]], 2),
			skipped_on(reasons[i])
}
