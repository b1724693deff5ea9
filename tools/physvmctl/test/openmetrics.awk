# SPDX-License-Identifier: GPL-2.0-only
#
# Says what is wrong with OpenMetrics text, of those parts of the format that we use:
# each family has a TYPE and a HELP, once and before its samples, which are together;
# a unit is how the name ends; counters end with _total; names, labels and values are
# well-formed; no sample is there twice; # EOF is the last line.

function wrong(what) {
	printf "line %d: %s: %s\n", NR, what, $0
	bad = 1
}

function begin_family(name) {
	if (name == family)
		return
	if (name in types)
		wrong("family is there already")
	if (family != "" && !(family in helps))
		wrong("no HELP before this")
	family = name
}

ended { wrong("something behind # EOF") }

/^# EOF$/ { ended = 1; next }

/^# TYPE [a-zA-Z_:][a-zA-Z0-9_:]* (gauge|counter)$/ {
	begin_family($3)
	if ($3 in types)
		wrong("TYPE is there already")
	types[$3] = $4
	next
}

/^# UNIT / {
	if ($3 != family || $4 == "" || substr($3, length($3) - length($4)) != "_" $4)
		wrong("unit is not how the name ends")
	next
}

/^# HELP / {
	if ($3 != family || $3 in helps)
		wrong("HELP of another family, or once more")
	helps[$3] = 1
	next
}

/^[a-zA-Z_:]/ {
	name = $0
	sub(/[{ ].*/, "", name)
	expected = family (types[family] == "counter" ? "_total" : "")
	if (name != expected)
		wrong("sample is not of " family)
	rest = substr($0, length(name) + 1)
	if (rest !~ /^([{][a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\[\\"n])*"(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\[\\"n])*")*[}])? [0-9]+$/)
		wrong("labels or value")
	labels = rest
	sub(/ [0-9]+$/, "", labels)
	if ((name labels) in seen)
		wrong("sample is there twice")
	seen[name labels] = 1
	samples++
	next
}

{ wrong("not known") }

END {
	if (!ended) {
		print "no # EOF"
		bad = 1
	}
	if (!samples) {
		print "no samples"
		bad = 1
	}
	exit bad
}
