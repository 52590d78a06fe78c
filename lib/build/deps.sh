#!/bin/sh
# deps.sh build [test]: makes sure that what the build (and the tests) need is installed. Installs
# it by apt where there is apt; elsewhere names the packages.
set -eu

missing= wanted=
need() {	# COMMAND-OR-FILE APT DNF APK PACMAN
	case $1 in
	/*) for f in $1; do [ -e "$f" ] && return; done ;;
	*) command -v "$1" > /dev/null && return ;;
	esac
	if command -v apt-get > /dev/null; then missing="$missing $2"
	elif command -v dnf > /dev/null; then missing="$missing $3"
	elif command -v apk > /dev/null; then missing="$missing $4"
	elif command -v pacman > /dev/null; then missing="$missing $5"
	else missing="$missing $1"
	fi
}

# Without it a test is skipped: not every system has it as a package.
want() {	# COMMAND APT
	command -v "$1" > /dev/null || wanted="$wanted $2"
}

PATH=$PATH:/sbin:/usr/sbin
for what; do
	case $what in
	build)
		need make make make make make
		need gcc gcc gcc gcc gcc
		need awk mawk gawk gawk gawk
		need clang clang clang clang clang
		need llvm-strip llvm llvm llvm llvm
		need bpftool bpftool bpftool bpftool bpf
		need '/usr/include/bpf/libbpf.h' libbpf-dev libbpf-devel libbpf-dev libbpf
		need '/usr/lib*/libbpf.a /usr/lib/*/libbpf.a' libbpf-dev libbpf-static libbpf-dev libbpf
		need '/usr/include/gelf.h' libelf-dev elfutils-libelf-devel elfutils-dev libelf
		need '/usr/lib*/libelf.a /usr/lib/*/libelf.a' libelf-dev elfutils-libelf-devel-static \
			elfutils-dev libelf
		need '/usr/lib*/libz.a /usr/lib/*/libz.a' zlib1g-dev zlib-static zlib-static zlib
		need '/usr/lib*/libc.a /usr/lib/*/libc.a' libc6-dev glibc-static libc-dev glibc
		need '/usr/include/linux/bpf.h' linux-libc-dev kernel-headers linux-headers \
			linux-api-headers
		;;
	test)
		need '/usr/include/cmocka.h' libcmocka-dev libcmocka-devel cmocka-dev cmocka
		need '/usr/lib/gcc/*/*/libasan.so /usr/lib/libasan.so' libgcc-12-dev libasan gcc gcc
		need jq jq jq jq jq
		# The one for the initramfs of the virtual machines; many systems have one with
		# libraries.
		if ! busybox=$(command -v busybox) || ldd "$busybox" > /dev/null 2>&1; then
			need /nowhere busybox-static busybox busybox-static busybox
		fi
		need file file file file file
		need qemu-system-x86_64 qemu-system-x86 qemu-system-x86-core qemu-system-x86_64 \
			qemu-system-x86
		need cpio cpio cpio cpio cpio
		need xz xz-utils xz xz xz
		need losetup mount util-linux util-linux util-linux
		need setpriv util-linux util-linux setpriv util-linux
		need groff groff groff groff groff
		need zsh zsh zsh zsh zsh
		need fish fish fish fish fish
		command -v chromium-browser > /dev/null || command -v google-chrome > /dev/null ||
			want chromium chromium
		;;
	esac
done
[ "$missing$wanted" ] || exit 0
missing=$(echo $(printf '%s\n' $missing | sort -u))

cannot() {	# WHY-NOT
	[ "$missing" ] || exit 0
	echo "$1 $missing" >&2
	exit 1
}
install() {	# PACKAGE...
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" > /dev/null
}
command -v apt-get > /dev/null || cannot "please install:"
[ "$(id -u)" = 0 ] || cannot "missing, and only root can install it: apt-get install"
echo "installing $missing$wanted"
apt-get update -qq
[ ! "$missing" ] || install $missing
[ ! "$wanted" ] || install $wanted || echo "there is none here:$wanted" >&2
