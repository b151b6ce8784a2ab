#!/usr/bin/env bash
# mypy --strict and the import layers, on the package as it is when installed: with `rules/` inside.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=${BIN:-$PWD/.venv/bin}
config=$PWD/pyproject.toml
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cp -R recursion_lint "$tree/recursion_lint"
cp -R rules "$tree/recursion_lint/rules"
cd "$tree"
"$bin/mypy" --config-file "$config" --cache-dir "${config%/*}/.mypy_cache" -p recursion_lint
"$bin/lint-imports" --config "$config" --no-cache
