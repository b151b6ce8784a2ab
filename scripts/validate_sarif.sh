#!/usr/bin/env bash
# Our SARIF under Microsoft's validator, with its rules for GitHub; it is installed from npm into .cache/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
lint=${RECURSION_LINT:-.venv/bin/recursion-lint}
cache=$PWD/.cache/sarif
package=@microsoft/sarif-multitool
if ! command -v npm > /dev/null; then
    echo "skipped: npm is not installed, and the validator comes from there"
    exit 0
fi
if ! [ -x "$cache/node_modules/.bin/sarif-multitool" ] &&
    ! timeout 180 npm install --silent --no-audit --no-fund --fetch-retries 1 --prefix "$cache" "$package@5.7.0"; then
    rm -rf "$cache" # half of it would be taken for the whole
    echo "skipped: the validator could not be had from npm"
    exit 0
fi
# npm drops the bit that makes the program executable.
find "$cache/node_modules/$package"* -name Sarif.Multitool -type f -exec chmod u+x {} +
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
printf 'Resources: [\n' > "$reports/broken.yaml"
printf 'Resources: {Jobs: {Type: AWS::SQS::Queue}}\n' > "$reports/clean.yaml"
report() { # name, paths
    local status=0
    "$lint" check --exit-zero --format sarif --output "$reports/$1.sarif" "${@:2}" 2> /dev/null || status=$?
    # 3: the broken template, which is in its report.
    [ "$status" = 0 ] || [ "$status" = 3 ]
}
report fixtures fixtures
report one fixtures/sqs-loop/wrong-variable/template.yaml
report clean "$reports/clean.yaml"
report broken "$reports/broken.yaml"

# One kind at a time: npm's wrapper hands `Sarif;Ghas` to a shell. Its exit status is 0 even when it found errors.
for kind in Sarif Ghas; do
    "$cache/node_modules/.bin/sarif-multitool" validate "$reports"/*.sarif --rule-kind "$kind" > "$reports/$kind.txt" 2>&1
    if ! grep -q 'Analysis completed successfully' "$reports/$kind.txt"; then
        cat "$reports/$kind.txt"
        echo "failed: the validator did not come to its end"
        exit 1
    fi
    # SARIF2005 wants the address of a home page.
    if grep -E ': (error|warning|note) ' "$reports/$kind.txt" | grep -v SARIF2005; then
        echo "failed: the validator has complaints"
        exit 1
    fi
done
echo "SARIF is valid: four reports, $(grep -c '"ruleId"' "$reports/fixtures.sarif") results"
