#!/bin/sh
# all.sh STAGE...: runs stages of the tests one after the other (those in VMs two at a time), shows
# what failed, and ends with one line that counts. Stages: unit asan fuzz cli build flame
# load tools lockdown vm-KERNEL. Each prints "ok ..." and "not ok ..." lines; the whole of it is in
# build/test/STAGE.log.
set -u

cd "$(dirname "$0")/.."
logs=build/test
mkdir -p $logs
passed=0 failed=0 skipped=0

# Two disks whose requests take 1.5 ms. Behind them an I/O scheduler, which they do not get then
# unless a test asks for it.
modules='loop null_blk:nr_devices=2:irqmode=2:completion_nsec=1500000 mq-deadline'

stage() {
	case $1 in
	unit | asan | fuzz) make --no-print-directory -s check-"$1" ;;
	cli) sh test/cli.sh ;;
	build) sh test/build.sh ;;
	flame) sh test/flame.sh ;;
	load) build/test/load ;;
	tools) sh test/run.sh ;;
	lockdown) test/vm.sh -a lockdown=confidentiality 6.1 sh lockdown.sh ;;
	vm-*) test/vm.sh -t 900 -M "$modules" "${1#vm-}" sh -c 'load; sh run.sh' ;;
	*) echo "all.sh: no stage $1"; false ;;
	esac > $logs/"$1".log 2>&1
	echo $? > $logs/"$1".status
}

# A stage that ends badly without saying where, or that has checked nothing, is a failure too.
count() {
	log=$logs/$1.log
	good=$(grep -c '^ok ' "$log")
	bad=$(grep -c '^not ok ' "$log")
	skips=$(grep -c '^ok .*# SKIP' "$log")
	if [ "$bad" = 0 ] && { [ "$(cat $logs/"$1".status)" != 0 ] || [ "$good" = 0 ]; }; then
		bad=1
		echo "$1: ends with status $(cat $logs/"$1".status); the end of $log:"
		tail -n 20 "$log" | sed 's/^/  /'
	fi
	passed=$((passed + good - skips)) failed=$((failed + bad)) skipped=$((skipped + skips))
	echo "$1: $((good - skips)) passed, $bad failed, $skips skipped"
	grep -A 8 '^not ok' "$log" | grep '^not ok\|^#' | sed 's/^/  /'
	grep '^ok .*# SKIP' "$log" | sed 's/^ok [0-9]* - /  skipped: /'
}

while [ $# -gt 0 ]; do
	stage "$1" &
	first=$!
	second=
	case "$1 ${2-}" in
	vm-*\ vm-*)
		stage "$2" &
		second=$! ;;
	esac
	wait $first
	count "$1"
	shift
	[ "$second" ] || continue
	wait "$second"
	count "$1"
	shift
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
