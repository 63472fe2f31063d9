# shellcheck shell=sh
# private-apt.sh - sourced by what fetches a package without installing it.
#
# An apt of our own, with all its state in one folder: it takes packages from
# the mirror this machine's apt uses and checks their signatures with the
# keys of Debian, but neither needs root nor changes what this machine has.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# host_release ELSE: the codename of this machine's release, ELSE if it has
# none.
host_release() {
	# shellcheck disable=SC1091 # a file of the system
	(. /etc/os-release && echo "${VERSION_CODENAME:-$1}")
}

# mirror RELEASES: where this machine has one of RELEASES (as sed matches
# them) from.  So it is not the mirror of its security updates.  Nothing is
# printed when there is none, or no key to check its packages with.
mirror() {
	[ -r "$keyring" ] || return 0
	# shellcheck disable=SC2016 # apt expands these
	apt-get indextargets --format '$(REPO_URI) $(RELEASE)' \
		'Created-By: Packages' |
		sed -n "s/ \($1\)\$//p" | head -n 1
}

# make_apt DIR MIRROR SUITE...: in DIR.  It knows of no installed package,
# unless the caller puts something else into DIR/state/status; more settings
# may go to the end of DIR/apt.conf.
make_apt() {
	apt=$1 from=$2
	shift 2
	mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial"
	: >"$apt/state/status"
	for suite in "$@"; do
		echo "deb [signed-by=$keyring] $from $suite main"
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
	END
}

# apt-get of the apt that make_apt made.
own_apt_get() {
	apt-get -c="$apt/apt.conf" -qq "$@"
}

# Fails unless it gets the lists of all suites.
own_apt_update() {
	own_apt_get -o APT::Update::Error-Mode=any update
}
