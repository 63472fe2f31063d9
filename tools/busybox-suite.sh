#!/bin/sh
# busybox-suite.sh DIR - BusyBox's own test suite, as programs for `make ltp`.
#
# The source comes from the archive of this machine's apt (private-apt.sh), the one
# that the guest's BusyBox is made of, and with it how that is configured.  Each
# applet that has tests becomes DIR/NAME.sh, which carries the whole suite and runs
# what there is for that applet against /bin/busybox:
#
#	tools/busybox-suite.sh /tmp/suite
#	make ltp LTP=/tmp/suite KERNEL=path/of/Image
set -eu

# shellcheck disable=SC1091 # the file beside this one
. "$(dirname "$0")/private-apt.sh"

mkdir -p "$1"
dir=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch() {
	uri=$(mirror "$(host_release sid)\|stable\|sid\|unstable")
	[ -n "$uri" ] || return 1
	make_apt "$work/apt" "$uri" trixie
	sed -i 's/^deb /deb-src /' "$work/apt/sources.list"
	own_apt_update && (cd "$work" && own_apt_get source --download-only busybox)
}

# The suite, where it looks for the configuration: above itself.
unpack() {
	mkdir "$work/suite"
	tar -C "$work/suite" --strip-components=1 -xf "$work"/busybox_*.orig.tar.* \
		--wildcards '*/testsuite'
	tar -C "$work" -xf "$work"/busybox_*.debian.tar.* debian/config/pkg/static
	cp "$work/debian/config/pkg/static" "$work/suite/.config"
}

# What runs the tests of the applet $1, without its payload.
head_of() {
	cat <<-END
	#!/bin/sh
	sed '1,/^PAYLOAD\$/d' "\$0" | base64 -d | tar xz || exit 2
	ln -s /bin/busybox busybox
	cd testsuite || exit 2
	export SKIP_KNOWN_BUGS=y SKIP_INTERNET_TESTS=y ECHO=/bin/echo SHELL=/bin/sh LANG=C.UTF-8
	exec ./runtest -v $1
	PAYLOAD
	END
}

applets() {
	(cd "$work/suite/testsuite" &&
		for name in *; do
			[ -d "$name" ] && echo "$name"
			[ "$name" = "${name%.tests}" ] || echo "${name%.tests}"
		done | grep -v _test | sort -u)
}

fetch
unpack
tar -C "$work/suite" -cz .config testsuite | base64 >"$work/payload"
for applet in $(applets); do
	{ head_of "$applet"; cat "$work/payload"; } >"$dir/$applet.sh"
	chmod +x "$dir/$applet.sh"
done
echo "busybox: the tests of $(applets | wc -l) applets are in $dir"
