#!/usr/bin/env bash
# The rules inside cfn-lint: the oldest version that is supported, the last that rewrites SAM, the newest.
# The environments stay in .cache/ for the next time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1
python=${PYTHON:-.venv/bin/python}
cache=$PWD/.cache/cfn-lint

# As it is installed, not as it lies here; `build/` would remember modules that are gone.
rm -rf build "$cache/wheel"
"$python" -m pip wheel -q --no-deps --wheel-dir "$cache/wheel" .

# Each is tried while the next is installed.
running=()
for version in '==1.20.*' '==1.53.*' '>=1.54'; do
    environment=$cache/${version//[^0-9.]/}
    [ -x "$environment/bin/python" ] || "$python" -m venv "$environment"
    "$environment/bin/python" -m pip install -q --upgrade "cfn-lint$version" "$cache"/wheel/*.whl
    # The version number stays the same from one change to the next.
    "$environment/bin/python" -m pip install -q --no-deps --force-reinstall "$cache"/wheel/*.whl
    "$environment/bin/cfn-lint" --version
    RECURSION_LINT_CFN_LINT=$environment/bin/cfn-lint "$python" -m pytest -q -p no:cacheprovider \
        tests/test_cfn_lint_plugin.py > "$environment.txt" 2>&1 &
    running+=("$!:$environment.txt")
done
failed=0
for one in "${running[@]}"; do
    wait "${one%%:*}" || failed=1
    cat "${one#*:}"
done
exit "$failed"
