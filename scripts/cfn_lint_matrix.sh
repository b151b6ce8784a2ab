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

hosts=
for version in '==1.20.*' '==1.53.*' '>=1.54'; do
    environment=$cache/${version//[^0-9.]/}
    [ -x "$environment/bin/python" ] || "$python" -m venv "$environment"
    "$environment/bin/python" -m pip install -q --upgrade "cfn-lint$version" "$cache"/wheel/*.whl
    # The version number stays the same from one change to the next.
    "$environment/bin/python" -m pip install -q --no-deps --force-reinstall "$cache"/wheel/*.whl
    "$environment/bin/cfn-lint" --version
    hosts+=${hosts:+:}$environment/bin/cfn-lint
done
RECURSION_LINT_CFN_LINT=$hosts "$python" -m pytest -q tests/test_cfn_lint_plugin.py
