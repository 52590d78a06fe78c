# Reads the linker's map of the program: how many bytes each part has in the file, largest first.
# Sections that take no room in the file (.bss) or are stripped do not count.

function hex(s,    i, n) {
	n = 0
	s = tolower(substr(s, 3))
	for (i = 1; i <= length(s); i++)
		n = n * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
	return n
}

# "libbpf.a(btf.o)" belongs to libbpf, "build/lib/out.o" to the library, "build/cmd/X.o" to tool X.
function part(file) {
	sub(/^.*\/lib\/gcc\/.*\/lib/, "lib", file)
	if (match(file, /lib[a-z_]+\.a\(/))
		return substr(file, RSTART, RLENGTH - 3)
	if (file ~ /\/cmd\//) {
		gsub(/^.*\/cmd\/|\.o$/, "", file)
		return "tool " file
	}
	if (file ~ /objects\.o$/)
		return "BPF objects, packed"
	if (file ~ /examples\.o$/)
		return "examples, packed"
	if (file ~ /(^|\/)build\/lib\/|^lib\//)
		return "library"
	return "start files"
}

/^Linker script and memory map/ { on = 1 }
!on { next }
# A long section name stands alone on its line.
/^ \.[^ ]+$/ { section = $1; next }
/^ \.[^ ]+ +0x[0-9a-f]+ +0x[0-9a-f]+ / { section = $1; address = $2; size = $3; file = $4; take() ; next }
/^ +0x[0-9a-f]+ +0x[0-9a-f]+ [^ ]/ { address = $1; size = $2; file = $3; take() }

function take() {
	if (section ~ /^\.(bss|debug|comment|note|stab)/ || hex(address) == 0 || file !~ /\.[oa](\(|$)/)
		return
	bytes[part(file)] += hex(size)
	total += hex(size)
}

END {
	for (p in bytes)
		printf "%8d  %s\n", bytes[p], p | "sort -rn"
	close("sort -rn")
	printf "%8d  together\n", total
}
