# What may be found after a power cut. Reads what was said to be on disk (records.c), a line "cut", and what was found.
# Of each record that is what was said last, or what the deed that was under way would have made of it; in whole.
# Prints what is wrong.

/^cut$/ {
	cut = 1
	next
}
!cut {
	deed[$2] = $1
	kind[$2] = $3
	last = $1
	names[$1 % 4] = $2
}
cut {
	found++
	under_way = names[(last + 1) % 4] == $2
	next_kind = int((last + 1) / 4) % 5 == 4 ? "none" : "set"
	right = $3 == kind[$2] && ($3 == "none" || $1 == deed[$2])
	right = right || (under_way && $3 == next_kind && ($3 == "none" || $1 == last + 1))
	if (!right)
		printf "%s: found %s %s, said last %s %s%s\n", $2, $3, $1, kind[$2], deed[$2], under_way ? " (the next was under way)" : ""
}
END {
	if (found != 4)
		print "found " found + 0 " records instead of 4"
}
