#!/bin/bash
# vm.sh [-a APPEND] [-m MB] [-s SMP] [-t SECONDS] [-M "MODULE..."] K COMMAND [ARG...]
#
# Boot Debian's kernel K (see kernels.sh) in QEMU and run COMMAND there as
# root in /test, a copy of this directory. Its output appears on stdout as it
# is written, its exit status is ours; 125 when the guest did not get that far
# (it did not come up, panicked - an oops counts - or -t, default 300, ran out).
# The kernel's console goes to build/vm/K/console.log.
#
# -a adds to the kernel's command line. -M names the modules to load (default "null_blk loop"), with
# parameters as in null_blk:nr_devices=2:irqmode=2. What they depend on is loaded first. Those of
# $ready are there for modprobe.
set -eu
ready="xfs btrfs nfsd nfs nfsv3 nfsv4 fuse scsi_debug sd_mod raid1 brd veth dummy sch_netem overlay"
# What the guest has besides busybox, if it is installed here.
programs="jq mkfs.ext4 mkfs.xfs mkfs.btrfs btrfs getent ip tc"
umask 022	# the guest's files are for its other users, too

usage() { sed -n '2s/^# //p' "$0" >&2; exit 125; }
say() { echo "vm.sh: $*" >&2; }

mem=1024 smp=2 limit=300 mods="null_blk loop"
append=
while getopts a:m:s:t:M: o; do
	case $o in
	a) append=$OPTARG ;;
	m) mem=$OPTARG ;;
	s) smp=$OPTARG ;;
	t) limit=$OPTARG ;;
	M) mods=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -ge 2 ] || usage
k=$1
shift

test=$(cd "$(dirname "$0")" && pwd)
build=${test%/*}/build
kernel=$("$test/kernels.sh" "$k") || exit 125

# A directory for each run: two of the same kernel may go on at once.
mkdir -p "$build/vm/$k"
run=$(mktemp -d "$build/vm/$k/run.XXXXXX")
log=$build/vm/$k/console.log
qemu=
cleanup() {
	trap '' HUP INT TERM
	if [ "$qemu" ]; then
		kill "$qemu" 2>/dev/null || :
		wait "$qemu" || :
	fi
	[ ! -e "$run/console" ] || mv -f "$run/console" "$log"
	rm -rf "$run"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# --- the initramfs -----------------------------------------------------------

root=$run/root
mkdir -p "$root"/{bin,dev,etc,mnt,proc,root,run,sys,tmp,usr,var}
ln -s bin "$root/sbin"
ln -s ../bin ../sbin "$root/usr"
cp "$(command -v busybox)" "$root/bin/busybox"
cp -R "$test" "$root/test"
[ ! -e "$build/bpftools" ] || cp "$build/bpftools" "$root/bin"
[ ! -d "$build/test" ] ||
	find "$build/test" -maxdepth 1 -type f -perm -u+x -exec cp -t "$root/bin" {} +
# The C library of musl, for programs of build/test.
cp -L --parents -t "$root" /lib/ld-musl-*.so.1 2>/dev/null || :
for p in $programs; do
	file=$(PATH=$PATH:/usr/sbin:/sbin command -v "$p") || continue
	cp -L "$file" "$root/bin/$p"
	ldd "$file" | grep -o '/[^ ]*' | xargs cp -L --parents -t "$root"
done

cat >"$root/etc/passwd" <<-'END'
	root:x:0:0:root:/root:/bin/sh
	tester:x:1000:1000:tester:/tmp:/bin/sh
	nobody:x:65534:65534:nobody:/:/bin/sh
END
cat >"$root/etc/group" <<-'END'
	root:x:0:
	tester:x:1000:
	nogroup:x:65534:
END
echo "127.0.0.1 localhost vm" >"$root/etc/hosts"

# Modules, in the order to load them, go to /load: "FILE PARAMETER...".
modules=$root/lib/modules/$(cat "$kernel/release")
mkdir -p "$modules"
: >"$root/load"
find_module() {	# NAME: its line of modules.dep in $file and $deps, false if there is none
	local pat
	pat=$(echo "$1" | sed 's/[-_]/[-_]/g')
	file=
	if ! grep -q "/$pat\.ko$" "$kernel/modules/modules.builtin"; then
		read -r file deps < <(grep -E "/$pat\.ko(\.[a-z]+)?:" "$kernel/modules/modules.dep") || :
		file=${file%:}
		[ "$file" ] || say "kernel $k has no module $1"
	fi
	[ "$file" ]
}
base() {	# FILE: as it is called in the guest
	local ko=${1##*/}
	echo "${ko%%.*}.ko"
}
unpack() {	# FILE
	local ko dec=cat
	ko=$(base "$1")
	case $1 in
	*.xz)	dec="xz -dc" ;;
	*.zst)	dec="zstd -dc" ;;
	*.gz)	dec="gzip -dc" ;;
	esac
	[ -e "$modules/$ko" ] || $dec <"$kernel/modules/$1" >"$modules/$ko"
}
for m in $ready; do
	find_module "$m" || continue
	for f in "$file" $deps; do
		unpack "$f"
		read -r f deps < <(grep "^$f:" "$kernel/modules/modules.dep")
		echo "$(base "${f%:}"):$(for d in $deps; do echo -n " $(base "$d")"; done)"
	done
done | sort -u >"$modules/modules.dep"
for m in $mods; do
	find_module "${m%%:*}" || continue
	params=${m#"${m%%:*}"}
	# modules.dep has them all, each one before what it needs itself.
	for f in $(printf '%s\n' $deps | tac) "$file"; do
		unpack "$f"
		grep -q "^$(base "$f")" "$root/load" ||
			echo "$(base "$f") $([ "$f" != "$file" ] || echo "${params//:/ }")" >>"$root/load"
	done
done

{
	printf exec
	for a; do
		printf " '%s'" "${a//\'/\'\\\'\'}"
	done
	echo
} >"$root/command"

# ttyS0 is the kernel's console, ttyS1 takes the command's output and ttyS2
# says "up", "exit STATUS" or what went wrong in between. Setting a tty's modes
# waits for its output to be written, which makes a drain of stty.
cat >"$root/init" <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin 2>/dev/null
export PATH=/bin HOME=/root USER=root TERM=dumb
mount -t devtmpfs dev /dev
exec </dev/null >/dev/console 2>&1 3>/dev/ttyS1 4>/dev/ttyS2
stty raw -echo 115200 <&3
stty raw -echo 115200 <&4
mount -t proc proc /proc
mount -t sysfs sys /sys
mkdir /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
mount -t cgroup2 cgroup /sys/fs/cgroup
mount -t bpf bpf /sys/fs/bpf
ip link set lo up
hostname vm
while read -r ko params; do
	insmod /lib/modules/$(uname -r)/$ko $params 2>&4
done </load
echo up >&4
cd /test
setsid sh /command >&3 2>&3 3>&- 4>&-
status=$?
stty raw -echo <&3
echo exit $status >&4
stty raw -echo <&4
poweroff -f
END
chmod 755 "$root/init"
(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet | gzip -1) >"$run/initrd"

# --- the run -----------------------------------------------------------------

# QEMU makes what it writes to non-blocking, for whoever shares it as well:
# so it does not get our own stdout.
exec 3> >(exec cat)
cat=$!
# -cx16: QEMU's TCG gets cmpxchg16b wrong. oops=panic: an oops ends the run.
# One thread for both CPUs: with one each, a CPU may run code that the other has just patched, and the
# kernel stops at an int3 of its own where tracepoints are switched under load. It is no slower, since
# two guests share two CPUs here.
timeout -k 5 "$limit" qemu-system-x86_64 -accel tcg,thread=single \
	-cpu max,-cx16 -m "$mem" -smp "$smp" -nographic -no-reboot -nic none \
	-monitor none -kernel "$kernel/vmlinuz" -initrd "$run/initrd" \
	-append "console=ttyS0 panic=1 oops=panic quiet $append" \
	-serial file:"$run/console" -serial stdio -serial file:"$run/status" \
	</dev/null >&3 2>"$run/stderr" 3>&- &
qemu=$!
exec 3>&-
rc=0
wait "$qemu" || rc=$?
qemu=
wait "$cat" || :

grep -v 'terminating on signal' "$run/stderr" >&2 || :
touch "$run/console" "$run/status"
up= status=
while read -r what arg; do
	case $what in
	up)	up=1 ;;
	exit)	status=$arg ;;
	*)	say "$what $arg" ;;
	esac
done <"$run/status"

if panic=$(grep -a -m 1 -o 'Kernel panic.*' "$run/console"); then
	say "kernel $k: ${panic%$'\r'}; see $log"
elif [ "$status" ]; then
	exit "$status"
elif [ $rc -eq 124 ] || [ $rc -eq 137 ]; then	# from timeout
	what="the command was not done"
	[ "$up" ] || what="did not come up"
	say "kernel $k: $what after $limit s; see $log"
elif [ -z "$up" ]; then
	say "kernel $k: did not come up (qemu: $rc); see $log"
else
	say "kernel $k: went down before the command ended; see $log"
fi
exit 125
