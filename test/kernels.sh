#!/bin/bash
# kernels.sh K: make sure build/kernels/K holds Debian's newest cloud kernel of
# series K and print that directory:
#	vmlinuz  release (as uname -r)  modules/ (its lib/modules/RELEASE)  config
# The packages come from the Debian mirror this system uses, through apt with
# a configuration of its own (build/apt/K); nothing is installed.
set -eu

die() { echo "kernels.sh: $*" >&2; exit 1; }

# One pattern per package that makes up the kernel, the first one decides the
# version. {} in the others is the release found by the first.
case ${1-} in
5.10)	suite=bullseye
	first='linux-image-{5\.10\.0-[0-9]+-cloud-amd64}'; others= ;;
6.1)	suite=bookworm
	first='linux-image-{6\.1\.0-[0-9]+-cloud-amd64}'; others= ;;
6.12)	suite=trixie
	first='linux-image-{6\.12\.[0-9.]+\+deb[0-9.]+-cloud-amd64}'; others= ;;
7.2)	suite=sid	# keeps one version only: any newer 7.x when 7.2 is gone
	first='linux-binary-{7\.[0-9.]+\+deb[0-9.]+-cloud-amd64}'
	others='linux-modules-{} linux-base-{}' ;;
*)	die "usage: kernels.sh 5.10|6.1|6.12|7.2" ;;
esac
k=$1

top=$(cd "$(dirname "$0")/.." && pwd)
dir=$top/build/kernels/$k
if [ -d "$dir" ]; then
	echo "$dir"
	exit
fi

apt=$top/build/apt/$k
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "${dir%/*}"
exec 9>"$apt/lock"
flock 9		# two runs for one K: the second finds the work done
if [ -d "$dir" ]; then
	echo "$dir"
	exit
fi
tmp=$(mktemp -d "$dir.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# apt knows the mirrors already, however the source lists are written: take
# the ones of this system's own Debian release (and not those of somebody
# else's "bookworm", which do not have a component main).
mirror() {
	apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' \
		'Created-By: Packages' |
	awk -v s="$1" '$2 == "main" && $1 ~ "^(bullseye|bookworm|trixie|forky" \
		"|sid|oldstable|stable|testing|unstable)" s "$" { print $3; exit }'
}
main=$(mirror '')
security=$(mirror -security)
[ "$main" ] || die "no Debian mirror in apt's source lists"

opts="[arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
echo "deb $opts $main $suite main" >"$apt/sources.list"
if [ "$security" ] && [ $suite != sid ]; then
	echo "deb $opts $security $suite-security main" >>"$apt/sources.list"
fi
: >"$apt/status"	# the packages of this system do not matter

# The sandbox user _apt cannot write to a private directory, and hooks and
# preferences of the system are not meant for these lists.
apt() {
	local cmd=$1
	shift
	"apt-$cmd" -q -o Dir::Etc::sourcelist="$apt/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Etc::preferences=/dev/null \
		-o Dir::Etc::preferencesparts=/dev/null \
		-o Dir::State::lists="$apt/lists" \
		-o Dir::State::status="$apt/status" \
		-o Dir::Cache="$apt/cache" \
		-o APT::Architecture=amd64 -o APT::Architectures=amd64 \
		-o APT::Sandbox::User=root -o Acquire::Retries=3 \
		-o APT::Update::Post-Invoke-Success::= "$@"
}
# A security pocket that cannot be had is no error: the main one will do.
apt get update >&2 || echo "kernels.sh: apt-get update failed in part" >&2

names=$(apt cache pkgnames linux-)
newest() {	# PATTERN with the release in {}: prints the newest release
	local pat=${1/\{/(} ; pat=${pat/\}/)}
	echo "$names" | sed -nE "s/^$pat\$/\1/p" | sort -V | tail -n 1
}
release=$(newest "${first/7\\.\[/7\\.2\\.[}")	# 7.2 itself, if there
[ "$release" ] || release=$(newest "$first")
[ "$release" ] || die "$suite has no kernel $first"

pkgs=${first%%\{*}$release
for o in $others; do
	pkgs="$pkgs ${o/\{\}/$release}"
done
(cd "$tmp" && apt get download $pkgs >&2)

root=$tmp/root new=$tmp/new
mkdir "$root" "$new"
for deb in "$tmp"/*.deb; do
	dpkg -x "$deb" "$root"
done
# Newer packages have everything in /usr/lib/modules, older ones use /boot.
[ -d "$root/lib/modules" ] || mv "$root/usr/lib" "$root/lib"
mod=$root/lib/modules/$release
if [ -e "$mod/vmlinuz" ]; then
	mv "$mod/vmlinuz" "$new/vmlinuz"
else
	mv "$root/boot/vmlinuz-$release" "$new/vmlinuz"
fi
for c in "$mod/config" "$root/boot/config-$release"; do
	[ ! -e "$c" ] || cp "$c" "$new/config"
done
busybox depmod -b "$root" "$release"	# modules.dep is not in the package
[ -s "$mod/modules.dep" ] || die "no modules.dep for $release"
mv "$mod" "$new/modules"
echo "$release" >"$new/release"
mv -T "$new" "$dir"
rm -rf "$apt/lists" "$apt/cache"	# 20 MB of no further use
echo "$dir"
