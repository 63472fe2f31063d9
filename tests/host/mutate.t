#!/bin/bash
# Claim: each rule of mutation/ finds what it is for, and one mutant is one
# change: of two calls on neighbouring lines each is left out alone, and a lock
# goes with what drops it.  A mutant keeps its name when lines move, and another
# seed chooses others.  A test that fails on the right kernel, too, kills none.
# A verdict that is kept holds as long as its function says the same; then it is
# stale, is not counted, and is not kept again.
#
# Method: a copy of the tree in which the core is one file.
cd "$(dirname "$0")/../.." || exit
unset MAKEFLAGS MAKELEVEL MFLAGS
# shellcheck source=tests/tap.sh
. tests/tap.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/tree/kernel/ipc"
cp -r tools mutation "$scratch/tree"
cd "$scratch/tree" || exit

cat >kernel/ipc/one.c <<'END'
int all(struct thing *t, unsigned n)
{
	if (n > MANY)
		return -EINVAL;
	mutex_lock(&t->lock);
	if (t->gone) {
		mutex_unlock(&t->lock);
		return -ENOENT;
	}
	thing_get(t);
	other_get(t);
	mutex_unlock(&t->lock);
	if (!grow(t)) {
		shrink(t);
		return -ENOMEM;
	}
	tlb_shootdown(t, n);
	if (n != 0)
		thing_put(t);
	t->data = n;
	store_release(&t->ready, 1);
	smp_mb();
	waitq_wake_all(&t->queue);
	return 0;
}
END

# COMMAND on the list of all mutants, m.
mutants() {
	output=$(cd tools && python3 -c "import mutagen; m = list(mutagen.all_of()); $1" 2>&1)
}

names() {
	mutants 'print(*sorted(one.name for one in m))'
}

diff_has() {
	mutants "print(*(one.diff() for one in m if one.kind == '$1'), sep='====\n')" &&
		[ "$(grep -c "$2" <<<"$output")" = "$3" ]
}

check "the kinds are all there" eval "mutants 'print(*sorted({one.kind for one in m}))' &&
	says 'bound error fence flush lock order recheck reference wake'"
check "a lock goes with both calls that drop it" diff_has lock '^-.*mutex_' 3
check "what was checked under it is not" diff_has recheck '^-.*t->gone' 1
check "of two neighbours each goes alone" diff_has reference '^ .*thing_get' 1
check "what was a branch stays one" diff_has reference '^+.*{}' 1
check "what is not undone is in a path of an error" diff_has error '^-[^-]' 2
check "two statements change places" diff_has order '^+.*store_release' 1
check "who waits is not woken" diff_has wake '^-.*wake_all' 1

names
before=$output
sed -i '1i /* one more line */' kernel/ipc/one.c
check "lines that move change no name" eval 'names && [ "$output" = "$before" ]'
check "a seed is an order" mutants '
a, b, c = ([one.name for one in mutagen.sampled(m, seed)] for seed in (1, 1, 2))
assert a == b and a != c and sorted(a) == sorted(c)'

# ---- what is believed ----

believes() {
	mutants "
import dataclasses, types, mutants
ran = []
def run_own(bug, seed, limit, variant):
    ran.append((bug.abi, bug.tests, seed, variant))
    return $2, '', 0
mutants.run_own = run_own
@dataclasses.dataclass
class Bug:
    abi: str = 'a b'
    tests: str = 'c'
print(not mutants.right_fails_too(Bug(), '$1', 8), *ran)"
}
check "a test that the right kernel passes" eval \
	"believes 'lease: 1 of 45 results failed' 0 && says \"True ('lease', '', 1, '')\""
check "not one that fails there as well" eval \
	"believes 'cow_storm seed 3, points noise: leaked 9 frames' 1 &&
	says \"False ('', 'cow_storm', 3, '')\""
check "a panic without a look" eval "believes 'PANIC on hart 3: page fault' 1 && says True"

# ---- what is kept ----

tables() {
	printf '<!-- table: %s -->\n```\n-\n```\n' core beyond
}
mkdir -p docs build/mutate
tables >docs/mutation.md
echo "of 9 mutants of the core so far 9 % are killed" >README.md
: >mutation/explained.txt
rm -f mutation/verdicts.tsv
first="import json, dataclasses, verdicts; one = next(n for n in m if n.kind == 'wake')"
mutants "$first
with open('../build/mutate/results.jsonl', 'w') as file:
    print(json.dumps(dataclasses.asdict(verdicts.on(one, 'killed', 7, 'PANIC on hart 3: a'))), file=file)"

table_says() {
	output=$(tools/mutate.py --table 2>&1) && grep -qE "$1" <<<"$output"
}
check "a table without documents that agree is told" eval \
	'tools/mutate.py --keep && tools/mutate.py --check && sed -i s/100/99/ README.md &&
	! tools/mutate.py --check 2>/dev/null'
check "they are written" eval 'tools/mutate.py --keep && tools/mutate.py --check &&
	grep -q "of 1 mutants of the core so far 100 %" README.md &&
	grep -q "^all  *1  *0  *1 " docs/mutation.md'
rm build/mutate/results.jsonl
check "what is kept is known without a run" table_says '^all +1 +0 +1 '
sed -i 's|smp_mb();|smp_mb(); /* why */|' kernel/ipc/one.c
check "a comment makes nothing stale" table_says '^all +1 +0 +1 '
sed -i 's|smp_mb();|smp_wmb();|' kernel/ipc/one.c
check "another text does: it is not counted" table_says '^all +0 +0 +0 '
check "and said" table_says '^1 kept verdicts .* changed'
check "it is not kept again" eval \
	'tools/mutate.py --keep && tools/mutate.py --check && [ "$(wc -l <mutation/verdicts.tsv)" = 1 ]'
done_testing
