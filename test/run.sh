#!/bin/sh
# run.sh [TEST...]: runs the tool tests NAME.test on this kernel (default: those of all tools), as
# root.
#
# A test is a list of calls of the functions below. Each check prints "ok N - TOOL: what" or "not
# ok", a skip says why; the last line counts them. Also runs in the VMs' busybox shell, so nothing
# but POSIX, jq and the helpers of build/test.
set -u

here=$(cd "$(dirname "$0")" && pwd)
cd "$here"
PATH=$here/../build/test:$PATH
# In a VM the programs are in /bin.
bpftools=$here/../build/bpftools
[ -x "$bpftools" ] || bpftools=$(command -v bpftools) || { echo "run.sh: no bpftools"; exit 1; }
dir=$(mktemp -d)
number=0 passed=0 failed=0 skipped=0
tool='' tracer='' name=''
# A command to run it through, like "chroot DIR".
through=

# Results.

pass() { number=$((number + 1)) passed=$((passed + 1)); echo "ok $number - $name: $*"; }
fail() {
	number=$((number + 1)) failed=$((failed + 1))
	echo "not ok $number - $name: $*"
	sed 's/^/#   command: /' "$dir/command"
	head -n 5 "$dir/err" | sed 's/^/#   stderr: /'
	head -n 8 "$dir/out" | sed 's/^/#   stdout: /'
}
skip() { number=$((number + 1)) skipped=$((skipped + 1)); echo "ok $number - $name: $1 # SKIP $2"; }
note() { echo "# $*"; }

# check WHAT COMMAND...: passes if the command succeeds.
check() {
	what=$1
	shift
	if "$@"; then pass "$what"; else fail "$what"; fi
}

# equal WHAT EXPECTED GOT
equal() {
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1: expected $2, got $3"; fi
}

# The tool under test.

# trace TOOL ARGS...: starts it and waits until its probes are in place. Output: $dir/out, $dir/err.
# False, after a "not ok", if it ends before that.
trace() {
	finish
	tool=$1
	echo "$*" > "$dir/command"
	rm -f "$dir/ready"
	mkfifo "$dir/ready"
	BPFTOOLS_READY=9 $through "$bpftools" "$@" > "$dir/out" 2> "$dir/err" 9> "$dir/ready" &
	tracer=$!
	ready=
	# The end of the tool closes its side, so this waits for nothing that cannot come.
	read -r ready < "$dir/ready"
	if [ "$ready" != ready ]; then
		wait "$tracer"
		tracer=
		fail "$* starts"
		return 1
	fi
}

# finish [SIGNAL]: ends it, INT by default, and waits for it; $status is its exit status.
finish() {
	[ "$tracer" ] || return 0
	kill -"${1:-INT}" "$tracer" 2> /dev/null
	wait "$tracer"
	status=$?
	tracer=
	[ "$status" = 0 ] || fail "$tool ends with status 0, not $status"
}

# waits: until it ends by itself.
waits() {
	wait "$tracer"
	status=$?
	tracer=
}

# work ARGS...: runs the workload program, or that in $program, which a test may set. What it says it did is in
# $did_opens, $did_pid, ... then. False if the machine cannot do it (exit status 77), true otherwise.
work() {
	"${program:-workload}" "$@" > "$dir/work" 2> "$dir/work.err"
	result=$?
	if [ $result = 77 ]; then
		reason=$(sed -n 's/.*skip=//p' "$dir/work")
		return 1
	fi
	if [ $result != 0 ]; then
		cp "$dir/work.err" "$dir/err"
		cp "$dir/work" "$dir/out"
		fail "${program:-workload} $*: status $result"
	fi
	for word in $(cat "$dir/work"); do
		case $word in
		[a-z]*=*) eval "did_${word%%=*}='${word#*=}'" ;;
		esac
	done
	return 0
}

# What it printed; each of these ends it first.

# lines N REGEX: so many lines of its output match the extended expression.
lines() {
	finish
	got=$(grep -cE -- "$2" "$dir/out")
	equal "$1 lines like $2" "$1" "$got"
}

# exact N FORMAT ARGS...: so many lines are what printf makes of it.
exact() {
	finish
	want=$1
	shift
	line=$(printf "$@")
	equal "$want lines are '$line'" "$want" "$(grep -cxF -- "$line" "$dir/out")"
}

# json N FILTER: so many JSON lines for which the jq filter is true; all must be JSON.
json() {
	finish
	got=$(jq -c "select($2)" "$dir/out" 2> "$dir/jq" | wc -l)
	[ ! -s "$dir/jq" ] || fail "output is JSON: $(head -n 1 "$dir/jq")"
	equal "$1 JSON lines with $2" "$1" "$((got))"
}

# lost N: it says to have lost so many events in total.
lost() {
	finish
	lost_count
	equal "$1 events lost" "$1" "$losses"
}
lost_count() { losses=$(sed -n 's/^lost \([0-9]*\) events in total$/\1/p' "$dir/err"); losses=${losses:-0}; }

# hist [FILTER]: adds up the counts of all histograms in the text, or in JSON of those for which the
# jq filter is true.
hist() {
	finish
	if grep -q '^{' "$dir/out"; then
		count=$(jq -s "[.[] | select(.type == \"hist\") | select(${1:-true}) | .buckets[].count] |
			add // 0" "$dir/out")
	else
		count=$(awk -F '[:|]' '/ -> .*\|/ { n += $2 } END { print n + 0 }' "$dir/out")
	fi
}

# refuses STATUS REGEX TOOL ARGS...: it ends by itself with this status and one line that matches.
refuses() {
	want=$1 like=$2
	shift 2
	finish
	tool=$1
	echo "$*" > "$dir/command"
	timeout 60 $through "$bpftools" "$@" > "$dir/out" 2> "$dir/err"
	got=$?
	if [ $got = "$want" ] && [ "$(wc -l < "$dir/err")" -eq 1 ] && grep -qE -- "$like" "$dir/err"; then
		pass "$* is refused: $(cat "$dir/err")"
	else
		fail "$* is refused with status $want (got $got) and a line like $like"
	fi
}

# Where it runs.

# The cgroup v2 directory, "" if there is none.
cgroup2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)

trap 'finish; rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

: > "$dir/out"; : > "$dir/err"; : > "$dir/command"
[ $# -gt 0 ] || set -- *.test
for file; do
	name=$(basename "$file" .test)
	note "$name on $(uname -r)"
	program=
	. "$here/$name.test"
	finish
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
