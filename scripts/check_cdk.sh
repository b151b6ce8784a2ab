#!/usr/bin/env bash
# Real CDK apps, in TypeScript and Python, synthesised with the plugin and without. What they need stays in .cache/cdk.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1
python=${PYTHON:-.venv/bin/python}
cache=$PWD/.cache/cdk
if ! command -v npm > /dev/null; then
    echo "skipped: npm is not installed, and the CDK comes from there"
    exit 0
fi
mkdir -p "$cache"
packages=(aws-cdk aws-cdk-lib constructs tsx typescript @types/node)
if ! [ -x "$cache/node_modules/.bin/cdk" ] &&
    ! timeout 300 npm install --silent --no-audit --no-fund --fetch-retries 1 --prefix "$cache" "${packages[@]}"; then
    rm -rf "$cache/node_modules" # half of it would be taken for the whole
    echo "skipped: the CDK could not be had from npm"
    exit 0
fi
[ -x "$cache/venv/bin/python" ] || "$python" -m venv "$cache/venv"
# As it is installed, not as it lies here; `build/` would remember modules that are gone.
rm -rf build "$cache/wheel"
"$python" -m pip wheel -q --no-deps --wheel-dir "$cache/wheel" .
wheel=("$cache"/wheel/*.whl)
if ! timeout 300 "$cache/venv/bin/python" -m pip install -q "${wheel[0]}[cdk]"; then
    echo "skipped: the CDK could not be had from the package index"
    exit 0
fi
# The version number stays the same from one change to the next.
"$cache/venv/bin/python" -m pip install -q --no-deps --force-reinstall "${wheel[0]}"
RECURSION_LINT_CDK=$cache "$python" -m pytest -q -p no:cacheprovider tests/test_cdk_apps.py "$@"
