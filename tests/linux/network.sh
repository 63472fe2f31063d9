#!/bin/bash
# Claim   ip(8) shows lo, its addresses and the routes to them, all or by one, and says
#         what is not there; ping(8) gets answers, of either family, also by who has no
#         rights but his group's; ss(8) shows sockets, and whose they are.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

range=/proc/sys/net/ipv4/ping_group_range

links() {
	run ip link && says 'lo: <LOOPBACK,UP,LOWER_UP> mtu 65536' &&
		says 'link/loopback 00:00:00:00:00:00'
}

one_link() {
	run ip -o link show dev lo && says '1: lo:'
}

addresses() {
	run ip addr && says 'inet 127.0.0.1/8 scope host lo' && says 'inet6 ::1/128 scope host'
}

of_one_family() {
	run ip -4 addr show dev lo && says 127.0.0.1 && ! says ::1 &&
		run ip -6 addr show dev lo && says ::1 && ! says 127.0.0.1
}

in_json() {
	run ip -j addr show dev lo && says '"local":"127.0.0.1","prefixlen":8'
}

routes() {
	run ip route show table local &&
		says 'local 127.0.0.0/8 dev lo proto kernel scope host src 127.0.0.1' &&
		run ip -6 route show table local && says 'local ::1 dev lo proto kernel'
}

a_route() {
	run ip route get 127.0.0.2 && says 'local 127.0.0.2 dev lo' && says 'src 127.0.0.1' &&
		run ip -6 route get ::1 && says 'local ::1' && says 'dev lo'
}

up() {
	run ip link set lo up
}

neighbours() {
	run ip neigh show nud permanent && [ -z "$output" ]
}

# By packets, as root may.
pings_raw() {
	echo 1 0 >$range
	run ping -c 2 -i 0.01 127.0.0.1 && says '2 received'
}

pings() {
	echo 0 2147483647 >$range
	run ping -c 2 -i 0.01 127.0.0.1 && says '2 received' &&
		run ping -c 2 -i 0.01 ::1 && says '2 received'
}

as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all --inh-caps -all "$@"
}

pings_as_nobody() {
	run as_nobody ping -c 1 127.0.0.1 && says '1 received' &&
		run as_nobody ping -c 1 ::1 && says '1 received'
}

may_not_ping() {
	echo 1 0 >$range
	! run as_nobody ping -c 1 127.0.0.1
}

# A program that has sockets of all kinds, until it is killed; when it has them it says
# its number.
with_sockets() {
	perl -MIO::Socket -MSocket -e '
		my @all = (
			IO::Socket::INET->new(LocalAddr => "127.0.0.1:4242", Listen => 5),
			IO::Socket::INET->new(PeerAddr => "127.0.0.1:4242"),
			IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1:4243"),
			IO::Socket::UNIX->new(Local => "/tmp/ss.socket", Listen => 7));
		die "$@ $!" if grep { !defined } @all;
		$| = 1;
		print "$$\n";
		sleep;'
}

# ss has columns as wide as what is in them.
shows() {
	output=$(ss "$@" 2>&1 | tr -s ' ')
}

tcp_sockets() {
	shows -tan && says 'LISTEN 1 5 127.0.0.1:4242 0.0.0.0:*' &&
		says ' 127.0.0.1:4242 127.0.0.1:' && says 'ESTAB 0 0 127.0.0.1:'
}

udp_sockets() {
	shows -uan && says 'UNCONN 0 0 127.0.0.1:4243 0.0.0.0:*'
}

unix_sockets() {
	shows -xa && says 'u_str LISTEN 0 7 /tmp/ss.socket'
}

listeners() {
	shows -lntp && says "127.0.0.1:4242 0.0.0.0:* users:((\"perl\",pid=$1,fd=" &&
		! says ESTAB && ! says 4243
}

none_left() {
	shows -tan && ! says 4242
}

check "all links" links
check "one link" one_link
check "none of another name" fails_saying 'Device "nosuch0" does not exist' ip link show dev nosuch0
check "all addresses" addresses
check "those of one family" of_one_family
check "in JSON" in_json
check "routes" routes
check "the way to one address" a_route
check "there is no way out" fails_saying 'Network is unreachable' ip route get 192.0.2.1
check "lo is up already" up
check "no neighbours" neighbours
was=$(cat $range)
check "ping by root, who may have packets" pings_raw
check "ping by whom his group lets" pings
check "without rights" pings_as_nobody
check "and not by others" may_not_ping
echo "$was" >$range
coproc with_sockets
read -r -u "${COPROC[0]}" socket_pid
check "ss: sockets of TCP" tcp_sockets
check "of UDP" udp_sockets
check "of AF_UNIX" unix_sockets
check "who listens, and whose it is" listeners "$socket_pid"
kill "$socket_pid"
wait 2>/dev/null
check "none when they are closed" none_left
rm -f /tmp/ss.socket
done_testing
