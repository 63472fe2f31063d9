#!/bin/bash
# Claim   perl forks, waits, pipes, sleeps in select, sends signals and talks
#         through sockets.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

forks() {
	run perl -e 'for (1..20) { my $p = fork // die; exit $_ unless $p }
		my $sum = 0; while ((my $p = wait) > 0) { $sum += $? >> 8 } print "sum $sum\n"' && says "sum 210"
}

pipes() {
	run perl -e 'pipe(my $r, my $w) or die; if (!fork) { close $r; print $w "x" x 300000; exit }
		close $w; local $/; my $got = <$r>; print length($got), "\n"; wait' && says 300000
}

signals() {
	run perl -e '$SIG{ALRM} = sub { print "rang\n"; exit }; alarm 1; select undef, undef, undef, 100' && says rang
}

sockets() {
	run perl -MIO::Socket::INET -e '
		my $l = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 5) or die $!;
		if (!fork) { my $c = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $l->sockport) or die $!;
			print $c "hello\n"; exit }
		my $s = $l->accept; print "got ", scalar <$s>; wait' && says "got hello"
}

regular() {
	run perl -e 'open my $f, ">", "/tmp/perl.$$" or die; print $f "$_\n" for 1..10000; close $f;
		open $f, "<", "/tmp/perl.$$"; my @l = grep /7$/, <$f>; unlink "/tmp/perl.$$"; print scalar(@l), "\n"' && says 1000
}

check "fork and wait, twenty times" forks
check "a pipe from a child" pipes
check "alarm interrupts select" signals
check "a connection to itself" sockets
check "files and expressions" regular
done_testing
