#!/bin/sh
# fetch-qemu.sh DIR - make DIR/qemu-system-riscv64 a QEMU for seeded runs.
#
# These need QEMU 8.1 or later: before, harts that run by counted
# instructions (-icount) do not get equal shares, and a hart that waits for
# another one may wait for ever.  A new enough QEMU of this machine is used
# as it is, by a link.  Else Debian's backports have one.  It is unpacked in
# DIR and not installed, so the QEMU of this machine stays what it was.
#
# The packages come by apt's own means, signatures checked, from the mirror
# this machine's apt uses, through an apt of our own in DIR/apt that takes
# this machine to have all it has but QEMU.
set -eu

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
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

# The host's mirror of its own release, not that of its security updates.
mirror() {
	# shellcheck disable=SC2016 # apt expands these
	apt-get indextargets --format '$(REPO_URI) $(RELEASE)' \
		'Created-By: Packages' |
		sed -n "s/ \($release\|stable\)\$//p" | head -n 1
}

configure() {
	mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial"
	awk 'BEGIN { RS = ""; ORS = "\n\n" }
	     !/^Package: (qemu|opensbi)/' /var/lib/dpkg/status >"$apt/state/status"
	for suite in "$release" "$release-backports"; do
		echo "deb [signed-by=$keyring] $1 $suite main"
	done >"$apt/sources.list"
	cat >"$apt/apt.conf" <<-END
	APT::Sandbox::User "$(id -un)";
	Dir::State "$apt/state";
	Dir::State::status "$apt/state/status";
	Dir::Cache "$apt/cache";
	Dir::Etc::sourcelist "$apt/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	Acquire::Languages "none";
	Acquire::Retries "1";
	Acquire::http::Timeout "20";
	Acquire::https::Timeout "20";
	Debug::NoLocking "1";
	END
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
	uri=$(mirror)
	[ -n "$uri" ] && [ -r "$keyring" ] || return 1
	configure "$uri" || return 1
	apt-get -c="$apt/apt.conf" -qq -o APT::Update::Error-Mode=any update ||
		return 1
	apt-get -c="$apt/apt.conf" -qq -y --download-only \
		--no-install-recommends -t "$release-backports" \
		install qemu-system-riscv || return 1
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
# shellcheck disable=SC1091 # a file of the system
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
echo "taking one from $release-backports, for $dir alone"
fetch >"$dir/fetch.log" 2>&1 || give_up "none to be had (see $dir/fetch.log)"
rm -rf "$apt"
is_new_enough "$dir/starter" ||
	give_up "that of $release-backports does not do (see $dir/fetch.log)"
mv "$dir/starter" "$dir/qemu-system-riscv64"
