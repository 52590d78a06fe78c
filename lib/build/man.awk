# bpftools man TOOL | awk -f man.awk - man/TOOL.8 > new: the page with its generated parts renewed.
#
# They stand between comment lines: SYNOPSIS between the first pair of them, all the other sections
# between the second.
#
#     .\" begin SYNOPSIS              .\" begin OPTIONS
#     .\" end SYNOPSIS                .\" end EXAMPLES

FILENAME != ARGV[2] {
	if ($1 == ".SH")
		part = $2 == "SYNOPSIS" ? 1 : 2
	text[part] = text[part] $0 "\n"
	next
}

$1 == ".\\\"" && $2 == "begin" {
	print
	printf "%s", text[++block]
	inside = 1
}

$1 == ".\\\"" && $2 == "end" { inside = 0 }

!inside

# Rather no page than half of one.
END {
	if (block != 2 || inside || text[1] == "" || text[2] == "") {
		print "man.awk: sections or markers are missing for " ARGV[2] > "/dev/stderr"
		exit 1
	}
}
