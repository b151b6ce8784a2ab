#!/usr/bin/env bash
# Mutation testing with mutmut 3 (pip install mutmut 'pytest<9.1'): would a test notice if this line were wrong?
#   bash scripts/mutate.sh recursion_lint/patterns/mqtt.py [MORE...] -- tests/test_mqtt.py [MORE...] [-- MUTANT...]
# It ends with what survived, as diffs. MUTANT, a name from there (with *, perhaps), tries only these.
# JOBS is the number of processes (1). Values outside functions are not mutated.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=${BIN:-$PWD/.venv/bin}
lists=("" "" "") group=0
for word in "$@"; do
    if [ "$word" = -- ]; then group=$((group + 1)); else lists[group]+="$word "; fi
done
read -ra paths <<< "${lists[0]}"
read -ra tests <<< "${lists[1]}"
read -ra mutants <<< "${lists[2]}"
if [ ${#paths[@]} -eq 0 ] || [ ${#tests[@]} -eq 0 ]; then
    sed -n '2,5s/^# \?//p' "${BASH_SOURCE[0]}" >&2
    exit 2
fi

# A copy with `rules/` inside the package, as it is when installed: what is imported is the copy.
copy=$PWD/.cache/mutation
rm -rf "$copy"
mkdir -p "$copy"
tar -cf - --exclude __pycache__ recursion_lint rules fixtures tests docs scripts README.md CHANGELOG.md pyproject.toml |
    tar -xf - -C "$copy"
cp -R rules "$copy/recursion_lint/"
# mutmut leaves decorated functions out, and an answer remembered from before the mutation would hide it.
sed -i -E '/^@(lru_)?cache(\(.*\))?$/d' "${paths[@]/#/$copy/}"
# The same examples each time; a failing one says enough without being made smaller.
cat >> "$copy/tests/conftest.py" << 'END'

from hypothesis import HealthCheck, Phase, settings  # noqa: E402

settings.register_profile(
    "mutation",
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("mutation")
END
listed() { printf '"%s", ' "$@"; }
cat >> "$copy/pyproject.toml" << END

[tool.mutmut]
source_paths = ["recursion_lint"]
only_mutate = [$(listed "${paths[@]}")]
also_copy = ["rules", "fixtures", "docs", "scripts", "README.md", "CHANGELOG.md"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "--tb=native"] # else each failure parses all mutants
pytest_add_cli_args_test_selection = [$(listed "${tests[@]}")]
process_isolation = "forkserver" # each mutant meets empty caches
on_dependency_change = "ignore"
use_git_change_detection = false
END
cd "$copy"
"$bin/mutmut" run --max-children "${JOBS:-1}" "${mutants[@]}" | tr '\r' '\n' | grep -v '/[0-9]* *🎉' | tail -5
for name in $("$bin/mutmut" results | sed -n 's/: survived$//p'); do
    "$bin/mutmut" show "$name" | grep -v '^\(---\|+++\)'
done
"$bin/mutmut" results --all true | sed 's/.*: //' | sort | uniq -c
