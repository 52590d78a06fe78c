# For fsslower.test and fsdist.test: file systems to work on, and the workload.

program=fs
mounts=

# make_fs TYPE: an empty file system of this type, mounted on $mnt; false and $reason if there can be
# none. Made with the features that the oldest kernel knows, as far as mkfs knows how to.
make_fs() {
	mnt=$dir/$1
	[ ! -d "$mnt" ] || return 0
	image=$dir/$1.img
	modprobe "$1" 2> /dev/null
	if ! grep -qE "\b$1\$" /proc/filesystems; then
		reason="this kernel has no $1"
		return 1
	fi
	if ! command -v "mkfs.$1" > /dev/null; then
		reason="there is no mkfs.$1"
		return 1
	fi
	truncate -s 320M "$image"
	case $1 in
	ext4) mkfs.ext4 -q -F "$image" ;;
	xfs)	mkfs.xfs -q -f -m bigtime=0,inobtcount=0 -i nrext64=0,exchange=0 -n parent=0 "$image" ||
		mkfs.xfs -q -f -m bigtime=0,inobtcount=0 -i nrext64=0 "$image" ||
		mkfs.xfs -q -f "$image" ;;
	btrfs)	mkfs.btrfs -q -O ^block-group-tree,^free-space-tree "$image" ||
		mkfs.btrfs -q -O ^no-holes "$image" || mkfs.btrfs -q "$image" ;;
	esac > /dev/null 2> "$dir/mkfs"
	mkdir "$mnt"
	if ! mount -t "$1" -o loop "$image" "$mnt" 2> "$dir/mkfs"; then
		reason="cannot mount it: $(head -n 1 "$dir/mkfs")"
		rmdir "$mnt"
		return 1
	fi
	mounts="$mounts $mnt"
}

# Behind the last test.
unmount_all() {
	finish
	for mnt in $mounts; do
		umount "$mnt"
		rmdir "$mnt"
	done
	rm -f "$dir"/*.img
}

# hold ARGS...: starts the workload, which waits until release; $held is its process.
hold() {
	rm -f "$dir/go"
	mkfifo "$dir/go"
	FS_GO=$dir/go fs "$@" > /dev/null &
	held=$!
}
release() {
	echo > "$dir/go"
	wait "$held"
}

# Whether the tool under test sees system calls only.
by_syscalls() { grep -q 'timing system calls' "$dir/err"; }
