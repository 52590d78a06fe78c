#!/bin/sh
# build.sh: checks of the build itself. Prints "ok N - what" or "not ok N - what".
set -u

cd "$(dirname "$0")/.."
number=0 failed=0
check() {
	what=$1
	shift
	number=$((number + 1))
	if "$@"; then
		echo "ok $number - $what"
	else
		failed=1
		echo "not ok $number - $what"
	fi
}

scratch=build/scratch
rm -rf $scratch
make -j2 B=$scratch all helpers > build/test/make.log 2>&1
check "a build from nothing works" test -x $scratch/bpftools
check "it has no warnings" sh -c '! grep -n "warning:" build/test/make.log'
check "a second make has nothing to do" sh -c "! make B=$scratch all | grep -E 'gcc|cc |clang|strip|pack'"
kind=$(file -b $scratch/bpftools)
check "statically linked" sh -c "echo '$kind' | grep -q 'statically linked'"
check "not position-independent" sh -c "echo '$kind' | grep -q 'executable, '"
check "stripped" sh -c "echo '$kind' | grep -q ', stripped'"

# What the first 14 tools may take, with the library that they share, and each further one.
tools=$(ls cmd/*.c | wc -l)
size=$(wc -c < $scratch/bpftools)
limit=$((1350000 + (tools > 14 ? tools - 14 : 0) * 7000))
check "$size bytes are at most $limit for $tools tools" test "$size" -le $limit

# The other architecture's kernel side; nothing runs it here.
for tool in bpf/*.bpf.c; do
	name=$(basename "$tool" .bpf.c)
	check "arm64: $name compiles" make -s B=$scratch/arm64 ARCH=arm64 $scratch/arm64/bpf/"$name".bpf.o
done

# An atomic operation that fetches needs a kernel of 5.12: opcode db with an immediate that has bit
# 0.
for object in $scratch/bpf/*.bpf.o; do
	check "$(basename "$object" .bpf.o): no fetching atomics" sh -c \
		"! llvm-objdump -d $object | grep -E '^ +[0-9]+:\s+(db|c3) .. .. .. [0-9a-f][13579bdf] '"
done

mkdir -p $scratch/root
make -s B=$scratch DESTDIR=$scratch/root PREFIX=/usr install > /dev/null
check "make install" test -x $scratch/root/usr/bin/bpftools -a \
	-f $scratch/root/usr/share/man/man8/bpftools.8 -a \
	-f $scratch/root/usr/share/bash-completion/completions/bpftools
check "make size" sh -c "make -s B=$scratch size | grep -q ' together'"
rm -rf $scratch
exit $failed
