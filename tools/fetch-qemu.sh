#!/bin/sh
# fetch-qemu.sh DIR - make DIR/qemu-system-riscv64 a QEMU for seeded runs.
#
# These need QEMU 8.1 or later: before, harts that run by counted
# instructions (-icount) do not get equal shares, and a hart that waits for
# another one may wait for ever.  A new enough QEMU of this machine is used
# as it is, by a link.  Else Debian's backports have one.  It is unpacked in
# DIR and not installed, so the QEMU of this machine stays what it was.
#
# The packages come through an apt of our own in DIR/apt (private-apt.sh)
# that takes this machine to have all it has but QEMU.
set -eu

# shellcheck disable=SC1091 # the file beside this one
. "$(dirname "$0")/private-apt.sh"
dir=$1

give_up() {
	cat >&2 <<-END
	seeded runs need QEMU 8.1 or later: $1
	  Debian 12: apt-get install -t bookworm-backports qemu-system-riscv
	  Debian 13: apt-get install qemu-system-riscv
	END
	exit 1
}

# True for "QEMU emulator version 8.1.0 (...)" and later.
is_new_enough() {
	"$1" --version 2>/dev/null |
		sed -n 's/.* version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' |
		(read -r major minor && [ $((major * 100 + minor)) -ge 801 ])
}

configure() {
	make_apt "$apt" "$1" "$release" "$release-backports" || return 1
	awk 'BEGIN { RS = ""; ORS = "\n\n" }
	     !/^Package: (qemu|opensbi)/' /var/lib/dpkg/status >"$apt/state/status"
	echo 'Debug::NoLocking "1";' >>"$apt/apt.conf"
}

# Its firmware and the libraries that this machine has not lie beside it.
# (Its modules too; but it also looks where an installed QEMU has them and
# ends at those of another version: so no device that is one.)
write_starter() {
	cat >"$dir/starter" <<-END
	#!/bin/sh
	root=\$(dirname "\$0")/root
	lib=\$root/usr/lib/$(uname -m)-linux-gnu
	QEMU_MODULE_DIR=\$lib/qemu LD_LIBRARY_PATH=\$lib exec \\
		"\$root/usr/bin/qemu-system-riscv64" -nodefaults \\
		-L "\$root/usr/share/qemu" "\$@"
	END
	chmod +x "$dir/starter"
}

fetch() {
	uri=$(mirror "$release\|stable")
	[ -n "$uri" ] || return 1
	configure "$uri" && own_apt_update || return 1
	own_apt_get -y --download-only --no-install-recommends \
		-t "$release-backports" install qemu-system-riscv || return 1
	for package in "$apt"/cache/archives/*.deb; do
		dpkg-deb -x "$package" "$dir/root" || return 1
	done
	write_starter
}

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
apt=$dir/apt
installed=$(command -v qemu-system-riscv64 || true)
if [ -n "$installed" ] && is_new_enough "$installed"; then
	ln -sf "$installed" "$dir/qemu-system-riscv64"
	exit 0
fi

echo "seeded runs need QEMU 8.1 or later, this machine has" \
	"$("${installed:-false}" --version 2>/dev/null | sed -n '1s/.* version \([^ ]*\).*/\1/p' || true)"
command -v apt-get >/dev/null || give_up "this system has no apt-get"
release=$(host_release stable)
echo "taking one from $release-backports, for $dir alone"
fetch >"$dir/fetch.log" 2>&1 || give_up "none to be had (see $dir/fetch.log)"
rm -rf "$apt"
is_new_enough "$dir/starter" ||
	give_up "that of $release-backports does not do (see $dir/fetch.log)"
mv "$dir/starter" "$dir/qemu-system-riscv64"
