#!/bin/bash
# Claim: after a run that failed one reads which results failed, and why; of
# the others nothing.
#
# Method: the TAP that prove leaves, by hand.
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/tap.sh
. tests/tap.sh

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir "$tree/tests"
cat > "$tree/tests/guest.t" <<'EOF'
ok 1 - the first
# of the first
not ok 2 - the second: 3 of 4
#   saw 3
ok 3 - the third
# of the third
ok 4 - the fourth
1..4
EOF

output=$(tools/failed.sh "$tree")
check "a failed result and its reason, nothing else" test "$output" = \
	"tests/guest.t: not ok 2 - the second: 3 of 4
    #   saw 3"

sed -i 's/^not //' "$tree/tests/guest.t"
output=$(tools/failed.sh "$tree")
check "nothing failed, nothing said" test -z "$output"

done_testing
