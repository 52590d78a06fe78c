#!/bin/sh
# cli.sh [-q] [BPFTOOLS]
#
# What all tools and commands have in common: options, help, documents, completion, links, and as
# root how a tool starts and ends. The tools are those that `bpftools list` names, so a new one is
# checked without a change here. The last part builds a copy of the source tree with the tools of
# test/tool/ in it; -q leaves that out. BPFTOOLS is build/bpftools by default.
#
# Prints "ok N - what", "not ok N - what" and "ok N - what # SKIP why"; exits 1 if anything failed.
set -u
LC_ALL=C
export LC_ALL
unset ARGP_HELP_FMT POSIXLY_CORRECT BPFTOOLS_READY

quick=
if [ "${1-}" = -q ]; then
	quick=1
	shift
fi
top=$(cd "$(dirname "$0")/.." && pwd)
given=${1-$top/build/bpftools}
case $given in /*) ;; *) given=$PWD/$given ;; esac
cd "$top" || exit 1
command -v jq >/dev/null || { echo "cli.sh: it takes jq" >&2; exit 1; }

# A copy, so that hard links to it can be made and an ordinary user can run it, wherever it is.
umask 022
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$tmp"
mkdir "$tmp/bin" "$tmp/opts"
bin=$tmp/bin/bpftools
cp "$given" "$bin" || exit 1

# --- helpers ---------------------------------------------------------------------------------------

number=0 failed=0

# What is wrong with the check under way; verdict() tells.
: >"$tmp/why"
complain() { printf '%s\n' "$*" >>"$tmp/why"; }

verdict() {	# WHAT
	number=$((number + 1))
	if [ -s "$tmp/why" ]; then
		failed=$((failed + 1))
		echo "not ok $number - $1"
		head -n 12 "$tmp/why" | cut -c 1-300 | sed 's/^/# /'
	else
		echo "ok $number - $1"
	fi
	: >"$tmp/why"
}

skip() {	# WHAT WHY
	number=$((number + 1))
	echo "ok $number - $1 # SKIP $2"
	: >"$tmp/why"
}

# Runs a command, which may not take long: $status, $tmp/out, $tmp/err.
try() {
	timeout -k 1 10 "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	status=$?
}

# Lines on stderr, but for a fallback, which a tool has to tell.
errors() { grep -vc 'lets no functions be traced; timing' "$tmp/err"; }

# That the last command has ended with a status and, unless it is 0, written one line to stderr
# alone.
ended() {	# STATUS WHAT
	[ "$status" -eq "$1" ] || complain "$2: status $status and not $1"
	if [ "$1" -eq 0 ]; then
		[ "$(errors)" -eq 0 ] || complain "$2: says on stderr: $(head -n 1 "$tmp/err")"
		return
	fi
	[ ! -s "$tmp/out" ] || complain "$2: writes to stdout: $(head -n 1 "$tmp/out")"
	[ "$(errors)" -eq 1 ] || complain "$2: $(errors) lines on stderr and not 1"
}

# That a command ends with STATUS, and what it says - on stdout for 0, else on stderr - has REGEX.
is() {	# STATUS REGEX COMMAND...
	want=$1 regex=$2 said=$tmp/err
	shift 2
	[ "$want" -ne 0 ] || said=$tmp/out
	try "$@"
	ended "$want" "$*"
	grep -Eqe "$regex" "$said" || complain "$*: says nothing like '$regex': $(head -n 1 "$said")"
}

# That a tool refuses VALUE and names it. --help comes last: a tool that takes it does not trace.
refuses() {	# VALUE TOOL ARG...
	wrong=$1
	shift
	try "$bin" "$@" --help
	ended 64 "$*"
	grep -Fq -- "'$wrong'" "$tmp/err" || complain "$*: does not name '$wrong': $(cat "$tmp/err")"
}

# That a tool understands its arguments. It prints its help then, and the help is the same as ever.
accepts() {	# TOOL ARG...
	try "$bin" "$@" --help
	ended 0 "$*"
	cmp -s "$tmp/out" "$tmp/help" || complain "$* --help: prints something else than --help alone"
}

# Lines that only one of two files has.
differ() {	# WHAT FILE FILE
	diff "$2" "$3" >"$tmp/diff" ||
		complain "$1 differ: $(grep -m 4 '^[<>]' "$tmp/diff" | tr '\n' ' ')"
}

# What a tool needs to start.
args_of() {	# TOOL
	case $1 in
	fsdist|fsslower) echo -t ext4 ;;
	esac
}

root=
[ "$(id -u)" -ne 0 ] || root=1

# Runs a command as a user who may not trace.
ordinary() {
	if [ "$root" ]; then
		try setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		try "$@"
	fi
}

tools() { "$bin" list --json | jq -r .name; }
aliases() { "$bin" list --json | jq -r '[.aliases // empty] | flatten | map(splits(" +")) | .[]'; }
summary() { "$bin" list --json | jq -r --arg t "$1" 'select(.name == $t).summary'; }

# A tool's options from its help, a line each: "-p,--pid PID", "-T,--timestamp -".
options_of() {	# TOOL
	"$bin" "$1" --help | awk '
		/^(Columns|Examples):/ { exit }
		!/^ +-/ { next }
		{
			sub(/^ +/, "")
			# The help stands behind two blanks, or one after a long name.
			sub(/  .*/, "")
			if (match($0, /^--[^ =]+=[^ ]+ /))
				$0 = substr($0, 1, RLENGTH - 1)
			value = "-"
			for (n = split($0, names, /, /); n; n--) {
				if (match(names[n], /[= ]/)) {
					value = substr(names[n], RSTART + 1)
					names[n] = substr(names[n], 1, RSTART - 1)
				}
				list = names[n] (list ? "," list : "")
			}
			print list, value
			list = ""
		}'
}

# Words that are no VALUE, a line each, by what the help calls it. A name that is not known here is
# taken for a number or one of a few words; file names and free text cannot be judged.
invalid() {	# VALUE
	case $1 in
	COMMAND|FILE|NAME|TEXT) return ;;
	RE)	;;                              # an empty one fits everything
	*)	echo ;;
	esac
	case $1 in
	*PID|TID|PIDS|TIDS|PAGES|COUNT|N|HZ)
		printf '%s\n' abc 12abc 1.5 0x10 ' 1' +1 -1 0 9999999999 99999999999999999999 ;;
	SECONDS)
		printf '%s\n' abc 1s . 1.2.3 1e3 0x10 inf nan -1 0 0.0 99999999999999999999 ;;
	UID|USER)
		printf '%s\n' no-such-user root: -1 4294967295 4294967296 99999999999999999999 ;;
	DISK)
		printf '%s\n' no-such-disk .. /dev/null -1 ;;
	FLAG)
		printf '%s\n' O_NONSENSE o_creat O_CREA -1 ;;
	PATH)
		printf '%s\n' /nonexistent /etc/passwd /proc -1 ;;
	RE)
		printf '%s\n' '(' ')' '[' '*' 'a\' ;;
	*)
		printf '%s\n' '?!' 1x -1 99999999999999999999 ;;
	esac
}

# A valid one, or nothing if none is known.
valid() {	# VALUE
	case $1 in
	*PID|TID|PIDS|TIDS|PAGES|COUNT|N|HZ|SECONDS) echo 1 ;;
	CPU) echo 0 ;;
	UID|USER) echo root ;;
	DISK) ls /sys/class/block | head -n 1 ;;
	FLAG) echo O_CREAT ;;
	RE|NAME|TEXT) echo abc ;;
	FILE) echo /dev/null ;;
	esac
}

# --- commands --------------------------------------------------------------------------------------

check_commands() {
	is 0 '^bpftools [0-9]+\.' "$bin"
	cp "$tmp/out" "$tmp/list"
	is 0 '^usage: bpftools TOOL' "$bin" list
	differ "bpftools and bpftools list" "$tmp/list" "$tmp/out"
	for t in $(tools); do
		grep -Fq -- "$(summary "$t")" "$tmp/list" || complain "no summary of $t"
		grep -q "^  $t " "$tmp/list" || complain "$t is not in the list"
	done
	[ "$(awk 'length > 80' "$tmp/list" | wc -l)" -eq 0 ] || complain "wider than 80 columns"
	verdict "the list names all tools"

	is 0 '"name"' "$bin" list --json
	jq -se 'length > 0 and all((.name | test("^[a-z0-9_]+$"))
		and (.summary | length > 9) and (.group | length > 0) and (.aliases | type == "array"))' \
		<"$tmp/out" >/dev/null 2>&1 || complain "not as it should be: $(head -n 1 "$tmp/out")"
	verdict "list --json prints JSON Lines"

	is 0 '^commands:' "$bin" help
	cp "$tmp/out" "$tmp/help"
	is 0 '^commands:' "$bin" --help
	differ "help and --help" "$tmp/help" "$tmp/out"
	is 0 '^commands:' "$bin" -h
	differ "help and -h" "$tmp/help" "$tmp/out"
	for c in list help examples man schema install completion version; do
		grep -q "^  $c " "$tmp/help" || complain "no command $c"
	done
	[ "$(awk 'length > 80' "$tmp/help" | wc -l)" -eq 0 ] || complain "wider than 80 columns"
	verdict "help names all commands"

	is 0 '^bpftools [0-9]+\.[0-9.]+$' "$bin" --version
	is 0 '^bpftools [0-9]+\.[0-9.]+$' "$bin" version
	verdict "--version and version"

	is 64 "'nonsense'" "$bin" nonsense
	! grep -q near "$tmp/err" || complain "something is near 'nonsense': $(cat "$tmp/err")"
	is 64 "'--nonsense'" "$bin" --nonsense
	is 64 "''" "$bin" ''
	is 64 'near it: .*list' "$bin" lits
	is 64 "'nonsense'" "$bin" help nonsense
	is 64 "'nonsense'" "$bin" man nonsense
	is 64 "'nonsense'" "$bin" schema nonsense
	is 64 "'nonsense'" "$bin" examples nonsense
	is 64 "'nonsense'" "$bin" completion nonsense
	is 64 "'nonsense'" "$bin" list nonsense
	verdict "unknown tools, commands and words are refused"

	for t in $(tools); do
		is 64 "near it: .*$t" "$bin" "${t%?}"
		is 64 "near it: .*$t" "$bin" "q$t"
	done
	verdict "a mistyped tool's name gives the right one"

	is 64 man "$bin" man
	is 64 schema "$bin" schema
	is 64 examples "$bin" examples
	is 64 completion "$bin" completion
	is 64 install "$bin" install
	is 64 install "$bin" install -s
	is 64 list "$bin" list --json x
	is 64 version "$bin" version x
	verdict "commands refuse too few and too many words"

	is 64 a "$bin" "$(printf 'two\nlines')"
	is 64 a "$bin" "$(printf '%02000d' 7)"
	t=$(tools | head -n 1)
	is 64 a "$bin" "$t" --duration "$(printf 'two\nlines')"
	is 64 a "$bin" "$t" --duration "$(printf '%02000d' 0)"
	verdict "a message is one line, whatever it quotes"

	for c in list help "list --json" version "man $t" "schema $t" "completion bash" "$t --help" \
	    "$t --version"; do
		timeout 5 "$bin" $c >/dev/full 2>"$tmp/err"
		status=$?
		: >"$tmp/out"
		ended 1 "$c >/dev/full"
	done
	verdict "what cannot be written is an error"
}

check_links() {
	dir=$tmp/links
	mkdir "$dir"
	for t in $(tools; aliases); do
		"$bin" "$t" --help >"$tmp/help"
		ln -s "$bin" "$dir/$t"
		is 0 '^Usage: ' "$dir/$t" --help
		differ "bpftools $t --help and that of a symbolic link" "$tmp/help" "$tmp/out"
		rm "$dir/$t"
		ln "$bin" "$dir/$t"
		is 0 '^Usage: ' "$dir/$t" --help
		differ "bpftools $t --help and that of a hard link" "$tmp/help" "$tmp/out"
		is 64 "^$t: " "$dir/$t" --nonsense
	done
	verdict "a link with a tool's name is the tool"

	t=$(tools | head -n 1)
	is 0 "^$t " sh -c "cd $dir && ./$t --version"
	is 0 "^$t " sh -c "cd $tmp && links/../links/$t --version"
	is 0 "^$t " env PATH="$dir:$PATH" "$t" --version
	verdict "a link is found by relative paths and by PATH"

	ln -s "$bin" "$dir/bpftools-1.0"
	"$bin" list >"$tmp/list"
	is 0 . "$dir/bpftools-1.0" list
	differ "the lists" "$tmp/list" "$tmp/out"
	is 0 "^$t " "$dir/bpftools-1.0" "$t" --version
	is 64 "'nonsense'" "$dir/bpftools-1.0" nonsense
	verdict "a link with another name is bpftools"
}

check_install() {
	for s in '' -s; do
		dir=$tmp/install$s
		mkdir "$dir"
		try "$bin" install $s "$dir"
		ended 0 "install $s"
		for t in $(tools; aliases); do
			is 0 "^$t " "$dir/$t" --version
			if [ "$s" ]; then
				[ "$(readlink "$dir/$t")" = "$bin" ] || complain "$t is no symbolic link"
			else
				[ ! -L "$dir/$t" ] && [ "$dir/$t" -ef "$bin" ] ||
					complain "$t is no hard link"
			fi
		done
		for f in $(ls "$dir"); do
			{ tools; aliases; } | grep -qx -- "$f" || complain "it makes $f"
		done
		try "$bin" install $s "$dir"
		ended 0 "install $s, again"
		[ ! -s "$tmp/out" ] || complain "again: prints $(head -n 1 "$tmp/out")"
		verdict "install $s${s:+ }DIR links all tools"

		t=$(tools | head -n 1)
		rm "$dir"/*
		echo foreign >"$dir/$t"
		is 1 "$dir/$t" "$bin" install $s "$dir"
		[ "$(cat "$dir/$t")" = foreign ] || complain "it has changed $t"
		[ "$(ls "$dir" | wc -l)" -eq "$({ tools; aliases; } | wc -l)" ] ||
			complain "it has not made the other links"
		rm "$dir/$t"
		ln -s /nonexistent "$dir/$t"
		is 1 "$dir/$t" "$bin" install $s "$dir"
		[ "$(readlink "$dir/$t")" = /nonexistent ] || complain "it has changed a dead link"
		verdict "install $s${s:+ }DIR leaves foreign files"

		is 1 nonexistent "$bin" install $s "$tmp/nonexistent"
		is 1 passwd "$bin" install $s /etc/passwd
		verdict "install $s${s:+ }refuses what is no directory"
	done

	if [ -d /dev/shm ] && [ "$(stat -c %d /dev/shm)" != "$(stat -c %d "$bin")" ] &&
	   dir=$(mktemp -d -p /dev/shm 2>/dev/null); then
		is 1 'install -s' "$bin" install "$dir"
		try "$bin" install -s "$dir"
		ended 0 "install -s on another file system"
		rm -rf "$dir"
		verdict "install tells of -s when hard links are not possible"
	else
		skip "install tells of -s when hard links are not possible" "no second file system"
	fi
}

# --- each tool: options and help -------------------------------------------------------------------

check_help() {	# TOOL
	t=$1
	is 0 "^Usage: $t " "$bin" "$t" --help
	cp "$tmp/out" "$tmp/help"
	is 0 . "$bin" "$t" -h
	differ "--help and -h" "$tmp/help" "$tmp/out"
	is 0 . "$bin" help "$t"
	differ "$t --help and help $t" "$tmp/help" "$tmp/out"
	grep -Fqx -- "$(summary "$t")" "$tmp/help" || complain "the summary is not in it"
	awk 'length > 80 { print "wider than 80 columns: " $0 }' "$tmp/help" >>"$tmp/why"
	for o in '--(duration|run-for)' --json --stats --kprobe --btf --debug --help --version; do
		cut -d ' ' -f 1 "$tmp/opts/$t" | tr , '\n' | grep -Eqx -e "$o" || complain "no $o"
	done
	awk '/^[A-Z][a-z]*:$/ { part = $1; next }
	     /^Usage|^$/ { next }
	     part == "Examples:" && $1 != t && index(names, " " $1 " ") == 0 { print "an example broken in two: " $0 }
	     part == "Columns:" && !/^  [^ ]/ { print "a column broken in two: " $0 }
	     part == "" && /^ +-/ && length > 29 {
		     sub(/^ +--[^ =]+=[^ ]+ +/, "") || sub(/^ +[^ ]+( [^ ]+)*  +/, "")
		     if (length > 50) print "help of an option over 50 characters: " $0 }' \
		t="$t" names=" $("$bin" list --json | jq -r --arg t "$t" \
			'select(.name == $t) | [.aliases // empty] | flatten | join(" ")') " \
		"$tmp/help" >>"$tmp/why"
	grep -q '^Examples:' "$tmp/help" || complain "no examples"
	verdict "$t: help"

	"$bin" man "$t" | unroff >"$tmp/man"
	awk '/^\.SH/ { part = $2 } part == "FIELDS" && last == ".TP" { print } { last = $0 }' \
		"$tmp/man" | sort >"$tmp/fields"
	awk '/^[A-Z][a-z]*:$/ { part = $1; next } part == "Columns:" && NF { print $1 }' \
		"$tmp/help" | sort >"$tmp/columns"
	differ "the columns of man and --help" "$tmp/fields" "$tmp/columns"
	awk '/^\.SH/ { part = $2 }
	     part == "EXAMPLES" && last == ".TP" { sub(/^\.B /, ""); print } { last = $0 }' \
		"$tmp/man" >"$tmp/examples"
	while read -r line; do
		grep -Fq -- "  $line " "$tmp/help" || complain "--help has not the example $line"
		understood "$line"
	done <"$tmp/examples"
	[ -s "$tmp/examples" ] || complain "no examples"
	"$bin" schema "$t" | jq -r '.oneOf[].properties | select(.type.const == "event") | to_entries[]
		| select(.value.type != "array" and .key != "type" and .key != "time") | .key' |
		sort >"$tmp/keys"
	grep -o '(JSON: [^),]*' "$tmp/man" | sed 's/.* //' | sort >"$tmp/fields"
	differ "the fields of man and schema" "$tmp/fields" "$tmp/keys"
	verdict "$t: help, man and schema say the same"

	is 0 "^$t \(bpftools\) [0-9]+\.[0-9.]+$" "$bin" "$t" --version
	try "$bin" "$t" --ebpf
	[ "$status" -eq 0 ] || complain "--ebpf: status $status"
	[ "$(cat "$tmp/out" "$tmp/err" | wc -l)" -eq 1 ] || complain "--ebpf: not one line"
	verdict "$t: --version and --ebpf"
}

# That the parser understands a command line of a document: it is run by a user who may not trace,
# so it ends where tracing would begin. Disks and paths of the author may be missing here.
understood() {	# COMMAND-LINE
	line=$(printf '%s\n' "$1" | sed 's/ [|&;>].*//; s/\$([^)]*)/1/g; s/\$[$!A-Za-z_]*\b/1/g')
	# In a shell of its own first: a syntax error in eval would be the end of this one.
	if ! (eval "set -- $line") 2>/dev/null; then
		complain "not a command: $1"
		return
	fi
	set -f
	eval "set -- $line"
	set +f
	ordinary "$bin" "$@"
	[ "$status" -ne 64 ] || grep -q "is not a valid" "$tmp/err" || complain "$1: $(cat "$tmp/err")"
}

check_values() {	# TOOL
	t=$1
	"$bin" "$t" --help >"$tmp/help"
	while read -r names value; do
		[ "$value" != - ] || continue
		invalid "$value" >"$tmp/values"
		while IFS= read -r v; do
			for o in $(echo "$names" | tr , ' '); do
				case $o in
				--*)	refuses "$v" "$t" "$o=$v" ;;
				esac
				refuses "$v" "$t" "$o" "$v"
			done
		done <"$tmp/values"
		if [ -s "$tmp/values" ]; then
			verdict "$t: $names refuses what is no $value"
		fi
	done <"$tmp/opts/$t"

	while read -r names value; do
		for o in $(echo "$names" | tr , ' '); do
			if [ "$value" != - ]; then
				is 64 "'$o' requires an argument|requires an argument -- '${o#-}'" \
					"$bin" "$t" "$o"
				continue
			fi
			case $o in
			--*)	is 64 "${o#--}" "$bin" "$t" "$o=1" ;;
			esac
		done
	done <"$tmp/opts/$t"
	verdict "$t: missing and superfluous values are refused"

	is 64 'nonsense' "$bin" "$t" --nonsense
	is 64 'nonsense' "$bin" "$t" --nonsense=1
	for o in z y Z Y k K w W; do
		grep -qE "(^|,)-${o}[, ]" "$tmp/opts/$t" || break
	done
	is 64 "'$o'" "$bin" "$t" "-$o"
	verdict "$t: unknown options are refused"
}

check_positional() {	# TOOL
	t=$1
	"$bin" "$t" --help >"$tmp/help"
	if ! grep -q '^Usage:.*INTERVAL' "$tmp/help"; then
		# None, or one that has its own meaning.
		words=$(sed -n 's/^Usage: [^ ]* \[OPTION\.\.\.\] *\[\(.*\)\]$/\1/p' "$tmp/help")
		before=${words:+1}
		is 64 "'7'" "$bin" "$t" $before 7
		is 64 "'7'" "$bin" "$t" -- $before 7
		is 64 "'-7'" "$bin" "$t" -- $before -7
		[ ! "$words" ] || is 64 "'-7'" "$bin" "$t" -- -7
		[ ! "$words" ] || is 64 "'x'" "$bin" "$t" x
		[ ! "$words" ] || accepts "$t" 1
		verdict "$t: takes ${words:-no arguments}"
		return
	fi
	invalid SECONDS >"$tmp/values"
	while IFS= read -r v; do
		is 64 "'$(printf '%s' "$v" | sed 's/\./\\./g')'" "$bin" "$t" -- "$v"
	done <"$tmp/values"
	invalid COUNT >"$tmp/values"
	while IFS= read -r v; do
		is 64 "'$(printf '%s' "$v" | sed 's/[.+]/\\&/g')'" "$bin" "$t" -- 1 "$v"
	done <"$tmp/values"
	is 64 "'1'" "$bin" "$t" -1
	is 64 "'third'" "$bin" "$t" 1 2 third
	is 64 nonsense "$bin" "$t" 1 2 --nonsense
	accepts "$t" 1
	accepts "$t" 0.5 2
	verdict "$t: interval and count"
}

check_spelling() {	# TOOL
	t=$1
	"$bin" "$t" --help >"$tmp/help"
	cluster=
	while read -r names value; do
		v=$(valid "$value")
		[ "$value" = - ] || [ "$v" ] || continue
		for o in $(echo "$names" | tr , ' '); do
			case $value$o in
			---*)	# a switch
				[ "$o" != --version ] || continue
				accepts "$t" "$o" ;;
			--?)	# its letter
				[ "$o" = -h ] || cluster=$cluster${o#-}
				accepts "$t" "$o" ;;
			*--*)
				accepts "$t" "$o" "$v"
				accepts "$t" "$o=$v" ;;
			*)
				accepts "$t" "$o" "$v"
				accepts "$t" "$o$v"
				accepts "$t" "-h${o#-}$v" ;;
			esac
		done
	done <"$tmp/opts/$t"
	verdict "$t: options and values in all spellings"

	if [ "$cluster" ]; then
		accepts "$t" "-$cluster"
		accepts "$t" "-${cluster}h"
		verdict "$t: letters in a cluster, -$cluster"
	else
		skip "$t: letters in a cluster" "it has no switch with a letter"
	fi

	# The hidden --ebpf counts too when it is to be told which names have this beginning.
	cut -d ' ' -f 1 "$tmp/opts/$t" | tr , '\n' | grep -e '^--' >"$tmp/names"
	echo --ebpf >>"$tmp/names"
	while read -r names value; do
		v=$(valid "$value")
		[ "$value" = - ] || [ "$v" ] || continue
		for o in $(echo "$names" | tr , ' '); do
			case $o in
			--version|-?)	continue ;;
			esac
			begin=${o%?}
			# Several names of one option may share it, but not those of two.
			others=$(grep -e "^$begin" "$tmp/names" | while read -r other; do
				case ,$names, in *,"$other",*) ;; *) echo "$other" ;; esac
			done)
			[ -z "$others" ] || continue
			accepts "$t" "$begin${v:+=$v}"
		done
	done <"$tmp/opts/$t"
	is 64 'ambiguous|--' "$bin" "$t" --he=1
	is 64 'ambiguous' "$bin" "$t" "$(ambiguous)"
	verdict "$t: options by the beginning of their name"
}

# A beginning that names of two options share. All tools have --debug and another one with a d.
ambiguous() {
	cut -c 1-3 "$tmp/names" | sort | uniq -d | head -n 1
}

# --- each tool: documents --------------------------------------------------------------------------

# The words of generated roff.
unroff() { sed 's/\\f[BIRP]//g; s/\\-/-/g; s/\\&//g; s/\\e/\\/g'; }

# Warnings of groff about a page.
lint() {	# FILE WHAT
	groff -man -ww -z -Tutf8 "$1" >"$tmp/lint" 2>&1
	[ ! -s "$tmp/lint" ] || complain "$2: $(head -n 3 "$tmp/lint" | tr '\n' ' ')"
}

check_documents() {	# TOOL
	t=$1
	page=man/$t.8 example=examples/${t}_example.txt

	is 0 '^\.SH SYNOPSIS' "$bin" man "$t"
	cp "$tmp/out" "$tmp/roff"
	unroff <"$tmp/roff" >"$tmp/man"
	parts="SYNOPSIS OPTIONS EXAMPLES"
	! "$bin" "$t" --help | grep -q '^Columns:' || parts="SYNOPSIS OPTIONS FIELDS EXAMPLES"
	[ "$(sed -n 's/^\.SH //p' "$tmp/man" | tr '\n' ' ')" = "$parts " ] ||
		complain "sections are $(sed -n 's/^\.SH //p' "$tmp/man" | tr '\n' ' ')"
	while read -r names value; do
		row=$(echo "$names" | sed 's/,/, /g')
		[ "$value" = - ] || row="$row $value"
		awk '/^\.SH/ { part = $2 } part == "OPTIONS" && last == ".TP" { print } { last = $0 }' \
			"$tmp/man" | grep -Fqx -e "$row" || complain "no option $row"
		o=${names%%,*}
		awk '/^\.SH/ { part = $2 } part == "SYNOPSIS"' "$tmp/man" |
			grep -Fq -e "$o]" -e "$o $value]" || complain "no $o in the synopsis"
	done <"$tmp/opts/$t"
	verdict "$t: man has all sections and options"

	if command -v groff >/dev/null; then
		{ echo ".TH $t 8"; cat "$tmp/roff"; } >"$tmp/page"
		lint "$tmp/page" "bpftools man $t"
		# A line that begins with a blank also breaks the one before it.
		! grep -q '^ ' "$tmp/roff" || complain "a line begins with a blank: $(grep -m 1 '^ ' "$tmp/roff")"
		verdict "$t: generated sections are good roff"
	else
		skip "$t: generated sections are good roff" "no groff"
	fi

	if [ -e "$page" ]; then
		awk '/^\.SH OPTIONS/ { exit } { print }' "$tmp/roff" >"$tmp/1"
		awk '/^\.SH OPTIONS/ { on = 1 } on' "$tmp/roff" >"$tmp/2"
		awk '/^\.\\" end SYNOPSIS/ { exit } on { print } /^\.\\" begin SYNOPSIS/ { on = 1 }' \
			"$page" >"$tmp/synopsis"
		awk '/^\.\\" end EXAMPLES/ { exit } on { print } /^\.\\" begin OPTIONS/ { on = 1 }' \
			"$page" >"$tmp/rest"
		differ "man $t and the synopsis of $page (make man)" "$tmp/1" "$tmp/synopsis"
		differ "man $t and the rest of $page (make man)" "$tmp/2" "$tmp/rest"
		for m in 'begin SYNOPSIS' 'end SYNOPSIS' 'begin OPTIONS' 'end EXAMPLES'; do
			[ "$(grep -Fxc ".\\\" $m" "$page")" -eq 1 ] || complain "not one line .\\\" $m"
		done
		grep -qi "^\.TH \"\{0,1\}$t\"\{0,1\} 8" "$page" || complain "no .TH $t 8"
		! command -v groff >/dev/null || lint "$page" "$page"
	else
		complain "there is no $page"
	fi
	verdict "$t: manual page"

	if [ -e "$example" ]; then
		is 0 . "$bin" examples "$t"
		cmp -s "$example" "$tmp/out" || complain "bpftools examples $t prints something else"
		sed -n "s/^[#\$] \($t\)\$/\1/p; s/^[#\$] \($t .*\)/\1/p" "$example" >"$tmp/examples"
		[ -s "$tmp/examples" ] || complain "it shows no command line"
		while read -r line; do
			understood "$line"
		done <"$tmp/examples"
	else
		complain "there is no $example"
	fi
	verdict "$t: example file"

	[ -e "test/$t.test" ] || complain "there is no test/$t.test"
	grep -Fqs -- "| [\`$t\`](man/$t.8) | $(summary "$t") |" README.md ||
		complain "README.md has no row with its name and summary"
	verdict "$t: test, and a row in README.md"
}

# --- each tool: completion -------------------------------------------------------------------------

cat >"$tmp/complete.bash" <<'END'
# SCRIPT WORD...: what completes the last word, a line each.
source "$1"
shift
[[ $(complete -p "${1##*/}") =~ -F\ ([^ ]+) ]] || exit 1
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
${BASH_REMATCH[1]} "$1" "${!#}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\n' "${COMPREPLY[@]}"
END

cat >"$tmp/complete.zsh" <<'END'
# DIR LINE WORD...: what a shell with a terminal lists for LINE, up to the last WORD.
zmodload zsh/zpty
dir=$1 line=$2
shift 2
zpty z zsh -fi
zpty -w z "PS1= PS2= RPS1=; TERM=dumb; stty rows 900 cols 200; LISTMAX=10000; fpath=($dir \$fpath)
autoload -U compinit; compinit -u -d $dir/dump; bindkey '^G' list-choices; echo RE''ADY"
zpty -r z text '*READY*' || exit
text=
# Ctrl-G means nothing to the terminal, in case that zsh has not got it in its hands yet.
zpty -w -n z "$line"$'\a'
# There is no telling when a list is at its end, but which words are to come.
for ((i = 0; i < 50; i++)); do
	while zpty -rt z part; do
		text+=$part
	done
	missing=
	for word; do
		[[ $text = *[[:space:]]${word}[[:space:]]* ]] || missing=1
	done
	[[ $missing ]] || break
	sleep 0.1
done
print -r -- $text
END

complete_bash() { bash --norc "$tmp/complete.bash" "$tmp/completion.bash" "$@"; }

complete_fish() {	# LINE
	HOME=$tmp XDG_CONFIG_HOME=$tmp fish --no-config \
		-c "source $tmp/completion.fish; complete -C '$1'" | cut -f 1
}

# That each of the words is among the lines of a file, or in zsh somewhere in the text.
offers() {	# WHAT FILE WORD...
	what=$1 file=$2
	shift 2
	for w; do
		tr -s ' \t\r' '\n' <"$file" | grep -Fqxe "$w" || complain "$what: does not offer $w"
	done
}

# What completion should offer for a value, at least one word of it.
known() {	# VALUE
	case $1 in
	*PID) echo 1 ;;
	UID|USER) echo root ;;
	DISK) ls /sys/class/block | head -n 1 ;;
	FLAG) echo O_CREAT ;;
	FILE|PATH) echo /etc/passwd ;;
	esac
}

check_completion_scripts() {
	for shell in bash zsh fish; do
		"$bin" completion $shell >"$tmp/completion.$shell"
		if ! command -v $shell >/dev/null; then
			skip "completion $shell parses" "no $shell"
			continue
		fi
		$shell -n "$tmp/completion.$shell" >"$tmp/out" 2>&1 || complain "$shell -n: status $?"
		[ ! -s "$tmp/out" ] || complain "$(head -n 1 "$tmp/out")"
		[ -s "$tmp/completion.$shell" ] || complain "nothing printed"
		verdict "completion $shell parses"
	done
	mkdir "$tmp/zsh"
	cp "$tmp/completion.zsh" "$tmp/zsh/_bpftools"

	if command -v bash >/dev/null; then
		complete_bash bpftools '' >"$tmp/out" 2>"$tmp/err"
		offers 'bpftools' "$tmp/out" $(tools; aliases) list help examples man schema install
		for c in help man examples schema; do
			complete_bash bpftools $c '' >"$tmp/out" 2>>"$tmp/err"
			offers "bpftools $c" "$tmp/out" $(tools)
		done
		complete_bash bpftools completion '' >"$tmp/out" 2>>"$tmp/err"
		offers 'bpftools completion' "$tmp/out" bash zsh fish
		[ ! -s "$tmp/err" ] || complain "$(head -n 1 "$tmp/err")"
		verdict "bash completes tools and commands"
	fi
	if command -v fish >/dev/null; then
		complete_fish 'bpftools ' >"$tmp/out" 2>"$tmp/err"
		offers 'bpftools' "$tmp/out" $(tools; aliases) list help examples man schema install
		for c in help man examples schema; do
			complete_fish "bpftools $c " >"$tmp/out" 2>>"$tmp/err"
			offers "bpftools $c" "$tmp/out" $(tools)
		done
		[ ! -s "$tmp/err" ] || complain "$(head -n 1 "$tmp/err")"
		verdict "fish completes tools and commands"
	fi
	if command -v zsh >/dev/null; then
		try zsh -f "$tmp/complete.zsh" "$tmp/zsh" 'bpftools ' $(tools; aliases) list help man
		offers 'bpftools' "$tmp/out" $(tools; aliases) list help examples man schema install
		! grep -q '_bpftools:\|_arguments:' "$tmp/out" || complain "$(grep -m 1 : "$tmp/out")"
		verdict "zsh completes tools and commands"
	fi
}

check_completion() {	# TOOL
	t=$1
	options=$(cut -d ' ' -f 1 "$tmp/opts/$t" | tr ',\n' '  ')

	if command -v bash >/dev/null; then
		complete_bash bpftools "$t" - >"$tmp/out" 2>"$tmp/err"
		offers "bpftools $t -" "$tmp/out" $options
		complete_bash "$t" - >"$tmp/out" 2>>"$tmp/err"
		offers "$t -" "$tmp/out" $options
		complete_bash "/usr/bin/$t" --js >"$tmp/out" 2>>"$tmp/err"
		[ "$(cat "$tmp/out")" = --json ] || complain "$t --js: offers $(cat "$tmp/out")"
		while read -r names value; do
			word=$(known "$value")
			[ "$word" ] || continue
			for o in $(echo "$names" | tr , ' '); do
				complete_bash "$t" "$o" "${word%?}" >"$tmp/out" 2>>"$tmp/err"
				offers "$t $o ${word%?}" "$tmp/out" "$word"
				complete_bash bpftools "$t" "$o" "${word%?}" >"$tmp/out" 2>>"$tmp/err"
				offers "bpftools $t $o ${word%?}" "$tmp/out" "$word"
			done
		done <"$tmp/opts/$t"
		[ ! -s "$tmp/err" ] || complain "$(head -n 1 "$tmp/err")"
		verdict "$t: bash completes options and values"

		# bash takes the "=" for a word of its own.
		while read -r names value; do
			word=$(known "$value")
			o=${names##*,}
			case $word$o in
			?*--*)
				complete_bash "$t" "$o" = "${word%?}" >"$tmp/out" 2>/dev/null
				offers "$t $o=${word%?}" "$tmp/out" "$word" ;;
			esac
		done <"$tmp/opts/$t"
		verdict "$t: bash completes --option=value"
	else
		skip "$t: bash completes options and values" "no bash"
		skip "$t: bash completes --option=value" "no bash"
	fi

	if command -v fish >/dev/null; then
		for c in "$t" "bpftools $t"; do
			complete_fish "$c -" >"$tmp/out" 2>"$tmp/err"
			complete_fish "$c --" >>"$tmp/out" 2>>"$tmp/err"
			offers "$c -" "$tmp/out" $options
			while read -r names value; do
				word=$(known "$value")
				[ "$word" ] || continue
				for o in $(echo "$names" | tr , ' '); do
					complete_fish "$c $o " >"$tmp/out" 2>>"$tmp/err"
					case $word in
					/*)	complete_fish "$c $o ${word%?}" >"$tmp/out" ;;
					esac
					offers "$c $o" "$tmp/out" "$word"
				done
			done <"$tmp/opts/$t"
			[ ! -s "$tmp/err" ] || complain "$(head -n 1 "$tmp/err")"
		done
		verdict "$t: fish completes options and values"
	else
		skip "$t: fish completes options and values" "no fish"
	fi

	if command -v zsh >/dev/null; then
		for c in "$t" "bpftools $t"; do
			try zsh -f "$tmp/complete.zsh" "$tmp/zsh" "$c -" $options
			offers "$c -" "$tmp/out" $options
			! grep -q '_bpftools:\|_arguments:' "$tmp/out" ||
				complain "$(grep -m 1 '_bpftools:\|_arguments:' "$tmp/out")"
		done
		while read -r names value; do
			word=$(known "$value")
			case $word in
			''|/*)	continue ;;
			esac
			o=${names%%,*}
			try zsh -f "$tmp/complete.zsh" "$tmp/zsh" "$t $o " "$word"
			offers "$t $o" "$tmp/out" "$word"
		done <"$tmp/opts/$t"
		verdict "$t: zsh completes options and values"
	else
		skip "$t: zsh completes options and values" "no zsh"
	fi
}

# --- each tool: JSON and runs ----------------------------------------------------------------------

check_schema() {	# TOOL
	t=$1
	is 0 'json-schema' "$bin" schema "$t"
	cp "$tmp/out" "$tmp/schema"
	jq -e --arg t "$t" '.title == $t and (.["$schema"] | test("json-schema")) and
		([.oneOf[] | .type == "object" and .properties.time.type == "number" and
		  (.required - (.properties | keys) == []) and
		  (.required | contains(["type", "time"]))] | all)' \
		<"$tmp/schema" >/dev/null 2>&1 || complain "not as it should be"
	kinds=$(jq -r '[.oneOf[].properties.type.const] | join(" ")' "$tmp/schema")
	case $kinds in
	"start event lost end"|"start hist lost end"|"start event hist lost end") ;;
	"start stack lost end"|"start event stack lost end") ;;
	*)	complain "lines are $kinds" ;;
	esac
	if "$bin" "$t" --help | grep -q '^Columns:'; then
		case $kinds in *event*) ;; *) complain "it has columns and no event" ;; esac
	fi
	verdict "$t: schema"

	ordinary "$bin" "$t" $(args_of "$t")
	ended 1 "$t as an ordinary user"
	grep -Eq 'root|CAP_BPF' "$tmp/err" || complain "no word of root: $(cat "$tmp/err")"
	ordinary "$bin" "$t" $(args_of "$t") --json
	ended 1 "$t --json as an ordinary user"
	verdict "$t: an ordinary user is told who may trace"
}

# Complains about each line on stdin that the schema does not allow.
validate() {	# SCHEMA
	jq -r --slurpfile schema "$1" '
		def kinds: if type != "number" then type
			elif . == floor then "integer", "number" else "number" end;
		($schema[0].oneOf | map({ key: .properties.type.const, value: . }) | from_entries) as $all
		| . as $line | $all[.type]
		| if . == null then "no such type of line: \($line | tojson)" else
			(.required - ($line | keys) | .[] | "\($line.type) has no \(.)"),
			(($line | keys) - (.properties | keys) | .[] | "\($line.type) has a \(.)"),
			(.properties | to_entries[] | .key as $key | ([.value.type] | flatten) as $types
			 | select($types != [null] and ($line | has($key)))
			 | select([$line[$key] | kinds] - $types == [$line[$key] | kinds])
			 | "\($line.type).\($key) is \($line[$key] | tojson)")
		end' 2>&1
}

# Something for a tool to see, until it is killed.
stir() {
	while :; do
		cat /etc/hostname
		/nonexistent
		dd if=/dev/zero of="$tmp/disk" bs=4096 count=1 conv=fsync
		sleep 0.02
	done >/dev/null 2>&1
}

# Why tools may be unable to run on a kernel; any other message is a failure.
reasons='this kernel|lockdown|not permitted to trace|refuses'

check_run() {	# TOOL
	t=$1
	set -- "$t: runs and ends after --duration" "$t: --json" "$t: ends when nobody reads" \
		"$t: /dev/full is an error" "$t: ends by SIGINT, SIGTERM and SIGHUP" "$t: --btf"
	cannot=
	if [ -z "$root" ]; then
		cannot="not root"
	else
		try "$bin" "$t" $(args_of "$t") --duration 0.2
		if [ "$status" -eq 1 ] && grep -Eq "$reasons" "$tmp/err"; then
			ended 1 "$t"
			cannot=$(cat "$tmp/err")
		fi
	fi
	if [ "$cannot" ]; then
		for what; do
			skip "$what" "$cannot"
		done
		return
	fi

	duration=--duration
	! grep -q -e --run-for "$tmp/opts/$t" || duration=--run-for
	stir &
	stir=$!
	run_text "$1"
	run_json "$2"
	run_unread "$3"
	run_full "$4"
	run_signals "$5"
	kill "$stir"
	wait "$stir" 2>/dev/null

	is 1 /nonexistent "$bin" "$t" $(args_of "$t") --btf=/nonexistent $duration 0.1
	is 1 /etc/passwd "$bin" "$t" $(args_of "$t") --btf=/etc/passwd $duration 0.1
	verdict "$6"
}

run_text() {
	try "$bin" "$t" $(args_of "$t") $duration 0.2
	ended 0 "$t $duration 0.2"
	[ -s "$tmp/out" ] || complain "prints nothing"
	# With columns, the first line is their heads; a line "Tracing ..." may stand before it.
	"$bin" "$t" --help | awk '/^[A-Z][a-z]*:$/ { part = $1; next } part == "Columns:" { print $1 }' \
		>"$tmp/columns"
	if [ -s "$tmp/columns" ]; then
		for head in $(grep -v -m 1 '^Tracing' "$tmp/out"); do
			grep -Fqxe "$head" "$tmp/columns" || complain "the header has $head"
		done
	fi
	verdict "$1"
}

run_json() {
	"$bin" schema "$t" >"$tmp/schema"
	try "$bin" "$t" $(args_of "$t") --json $duration 0.3
	ended 0 "$t --json"
	jq -rR 'try (fromjson | empty) catch "not JSON: \(.)"' "$tmp/out" >>"$tmp/why"
	[ "$(head -n 1 "$tmp/out" | jq -r .type)" = start ] || complain "the first line is no start"
	[ "$(tail -n 1 "$tmp/out" | jq -r .type)" = end ] || complain "the last line is no end"
	[ "$(grep -c '"type":"\(start\|end\)"' "$tmp/out")" -eq 2 ] || complain "start or end twice"
	tail -n 1 "$tmp/out" | jq -e '.seconds >= 0.3 and .seconds < 3' >/dev/null ||
		complain "it took $(tail -n 1 "$tmp/out" | jq .seconds) seconds and not 0.3"
	# Rows, stacks, or what the histograms have counted.
	[ "$(tail -n 1 "$tmp/out" | jq .events)" = "$(jq -s 'map(if .type == "event" or .type == "stack" then 1
		elif .type == "hist" then .count else 0 end) | add' "$tmp/out")" ] ||
		complain "end counts other events than there are"
	validate "$tmp/schema" <"$tmp/out" >>"$tmp/why"
	head -n 1 "$tmp/out" | jq -r '.columns[].key' >"$tmp/1"
	jq -r '.oneOf[].properties | select(.type.const == "event") | to_entries[]
		| select(.value.type != "array" and .key != "type" and .key != "time") | .key' \
		"$tmp/schema" >"$tmp/2"
	differ "the columns of start and schema" "$tmp/1" "$tmp/2"
	head -n 1 "$tmp/out" | jq -e '.time > 1600000000 and all(.columns[]; .help | length > 0)' \
		>/dev/null || complain "start has no time, or a column no help"
	verdict "$1"
}

# Readers that never read, that leave after a line, and none at all. The tool writes little or
# nothing after the first line, so it has to notice by itself.
run_unread() {
	for json in '' --json; do
		for reader in : 'head -n 1'; do
			{ timeout 3 "$bin" "$t" $(args_of "$t") $json 2>"$tmp/err"; echo $? >"$tmp/status"; } |
				$reader >/dev/null
			status=$(cat "$tmp/status")
			ended 0 "$t $json | $reader"
		done
		timeout 3 "$bin" "$t" $(args_of "$t") $json >&- 2>"$tmp/err"
		status=$?
		ended 0 "$t $json >&-"
	done
	verdict "$1"
}

run_full() {
	: >"$tmp/out"
	for json in '' --json; do
		timeout 3 "$bin" "$t" $(args_of "$t") $json $duration 1 >/dev/full 2>"$tmp/err"
		status=$?
		ended 1 "$t $json >/dev/full"
		grep -q 'No space left' "$tmp/err" || complain "no reason: $(cat "$tmp/err")"
	done
	verdict "$1"
}

# The shell lets what it starts with & ignore SIGINT, hence env.
run_signals() {
	for signal in INT TERM HUP; do
		rm -f "$tmp/ready"
		mkfifo "$tmp/ready"
		BPFTOOLS_READY=9 env --default-signal "$bin" "$t" $(args_of "$t") --json \
			>"$tmp/out" 2>"$tmp/err" 9>"$tmp/ready" &
		tool=$!
		timeout 10 grep -q ready "$tmp/ready" || complain "it does not say that it is ready"
		kill -$signal $tool
		{ sleep 1; kill -KILL $tool; } >/dev/null 2>&1 &
		dog=$!
		wait $tool 2>/dev/null
		status=$?
		kill $dog 2>/dev/null
		wait $dog 2>/dev/null
		[ $status -ne 137 ] || complain "SIG$signal: still there after a second"
		ended 0 "$t --json, SIG$signal"
		[ "$(tail -n 1 "$tmp/out" | jq -r .type 2>&1)" = end ] || complain "SIG$signal: no end line"
	done
	verdict "$1"
}

# --- building with other tools ---------------------------------------------------------------------

# make in the copy of the source tree; the log is shown when it fails.
build() {
	if ! make "$@" >"$tmp/log" 2>&1; then
		complain "make $*: $(grep -m 3 -i error "$tmp/log")"
		return 1
	fi
}

# The sources that make compiles. Not those of make -n, which takes the lists that are rewritten
# only when they change for changed.
compiled() { make 2>&1 | grep -o -e ' -c [^ ]*\.c' | sed 's/^ -c //' | sort -u; }

check_build() {
	set -- "a tool's files are all that it takes to add it" \
		"a tool without BPF programs" \
		"a tool that this kernel cannot run says why" \
		"make compiles what has changed and no more" \
		"a tool is gone with its files; make TOOLS=..."
	lacks=
	for c in make cc clang bpftool llvm-strip; do
		command -v $c >/dev/null || lacks=$c
	done
	[ -z "$quick" ] || lacks="the time (-q)"
	if [ "$lacks" ]; then
		for what; do
			skip "$what" "it takes $lacks"
		done
		return
	fi

	mkdir "$tmp/source"
	cp -r cmd bpf lib vmlinux examples man Makefile "$tmp/source"
	cp test/tool/hello.c test/tool/vfsreads.c "$tmp/source/cmd"
	cp test/tool/vfsreads.bpf.c test/tool/vfsreads.h "$tmp/source/bpf"
	cd "$tmp/source" || exit 1

	if build; then
		[ "$(build/bpftools list --json | jq -r .name | tr '\n' ' ')" = \
		  "$({ tools; echo hello; echo vfsreads; } | sort | tr '\n' ' ')" ] ||
			complain "the tools are $(build/bpftools list --json | jq -r .name | tr '\n' ' ')"
		for t in hello vfsreads; do
			is 0 "^Usage: $t" build/bpftools $t --help
			is 0 "^  $t  " build/bpftools list
			is 0 "^	$t\)" build/bpftools completion bash
			is 0 "-c $t " build/bpftools completion fish
			is 0 "\.B $t" build/bpftools man $t
			is 0 "\"$t\"" build/bpftools schema $t
		done
	fi
	verdict "$1"
	if [ ! -x build/bpftools ]; then
		shift
		for what; do
			complain "it was not built"
			verdict "$what"
		done
		cd "$top" || exit 1
		return
	fi

	is 0 '^hello$' build/bpftools hello
	is 0 '^hello$' build/bpftools hello --duration 1
	is 64 "'7'" build/bpftools hello 7
	verdict "$2"

	if [ "$root" ]; then
		try build/bpftools vfsreads --duration 0.2
		if [ "$status" -eq 0 ]; then
			ended 0 vfsreads
			grep -q '^PID' "$tmp/out" || complain "no header"
		else
			ended 1 vfsreads
			grep -Eq 'lockdown|kprobes|CAP_BPF' "$tmp/err" || complain "$(cat "$tmp/err")"
		fi
		verdict "$3"
	else
		skip "$3" "not root"
	fi
	# For the tests in virtual machines, where functions can be traced.
	if [ -x build/bpftools ] && mkdir -p "$top/build/test" 2>/dev/null &&
	   [ -w "$top/build/test" ]; then
		cp build/bpftools "$top/build/test/bpftools-with-vfsreads.new"
		mv "$top/build/test/bpftools-with-vfsreads.new" "$top/build/test/bpftools-with-vfsreads"
	fi

	make >"$tmp/log" 2>&1
	! grep -Eq -e '-c [^ ]*\.c|gen (skeleton|object)|strip' "$tmp/log" ||
		complain "a second make does: $(grep -m 1 -e '-c \|gen\|strip' "$tmp/log")"
	touch cmd/hello.c
	compiled >"$tmp/out"
	[ "$(cat "$tmp/out")" = cmd/hello.c ] ||
		complain "cmd/hello.c touched: compiles $(tr '\n' ' ' <"$tmp/out")"
	touch bpf/vfsreads.h
	compiled >"$tmp/out"
	[ "$(grep -v '^build/' "$tmp/out" | tr '\n' ' ')" = "bpf/vfsreads.bpf.c cmd/vfsreads.c " ] ||
		complain "bpf/vfsreads.h touched: compiles $(tr '\n' ' ' <"$tmp/out")"
	touch bpf/hist.h
	compiled >"$tmp/out"
	for f in cmd/biolatency.c bpf/biolatency.bpf.c lib/histogram.c; do
		grep -qx $f "$tmp/out" || complain "bpf/hist.h touched: $f is not compiled"
	done
	for f in cmd/opensnoop.c bpf/opensnoop.bpf.c cmd/vfsreads.c lib/args.c; do
		! grep -qx $f "$tmp/out" || complain "bpf/hist.h touched: $f is compiled"
	done
	verdict "$4"

	rm cmd/hello.c cmd/vfsreads.c bpf/vfsreads.bpf.c bpf/vfsreads.h
	if build; then
		[ "$(build/bpftools list --json | jq -r .name)" = "$(tools)" ] ||
			complain "the tools are $(build/bpftools list --json | jq -r .name | tr '\n' ' ')"
		! grep -q vfsreads build/bpftools || complain "vfsreads is still in the binary"
		is 64 "'hello'" build/bpftools hello
	fi
	t=$(tools | tail -n 1)
	if build TOOLS="$t"; then
		[ "$(build/bpftools list --json | jq -r .name)" = "$t" ] ||
			complain "TOOLS=$t: $(build/bpftools list --json | jq -r .name | tr '\n' ' ')"
		[ "$(wc -c <build/bpftools)" -lt "$(wc -c <"$bin")" ] || complain "TOOLS=$t: not smaller"
		is 0 "^$t " build/bpftools "$t" --version
	fi
	verdict "$5"
	cd "$top" || exit 1
}

# --- all together ----------------------------------------------------------------------------------

for t in $(tools); do
	options_of "$t" >"$tmp/opts/$t"
done
check_commands
check_links
check_install
check_completion_scripts
for t in $(tools); do
	check_help "$t"
	check_values "$t"
	check_positional "$t"
	check_spelling "$t"
	check_documents "$t"
	check_completion "$t"
	check_schema "$t"
	check_run "$t"
done
check_build

echo "1..$number"
[ "$number" -gt 0 ] && [ "$failed" -eq 0 ] || { echo "# $failed of $number failed"; exit 1; }
