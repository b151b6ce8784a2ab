#!/usr/bin/env bash
# The rules inside `sam validate --lint` of the newest SAM CLI, in an environment of its own in .cache/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1 SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1
python=${PYTHON:-.venv/bin/python}
cache=$PWD/.cache/sam
rm -rf build "$cache/wheel"
"$python" -m pip wheel -q --no-deps --wheel-dir "$cache/wheel" .
[ -x "$cache/venv/bin/python" ] || "$python" -m venv "$cache/venv"
"$cache/venv/bin/pip" install -q --upgrade aws-sam-cli "$cache"/wheel/*.whl
"$cache/venv/bin/pip" install -q --no-deps --force-reinstall "$cache"/wheel/*.whl
"$cache/venv/bin/sam" --version

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf 'append_rules:\n  - recursion_lint.rules\n' > "$work/.cfnlintrc"
loop=$PWD/fixtures/sqs-loop/code-sends-back
cp -R "$loop"/. "$work"
cd "$work"
mkdir elsewhere
cp -R "$loop"/. elsewhere

linted() { # the options; what was printed goes to `told`
    local status=0
    "$cache/venv/bin/sam" validate --lint "$@" > told 2>&1 || status=$?
    if [ "$status" != "$expected" ]; then
        cat told
        echo "failed: sam validate --lint $* ended with $status"
        exit 1
    fi
}
says() {
    if ! grep -q "$1" told; then
        cat told
        echo "failed: sam validate --lint does not say: $1"
        exit 1
    fi
}
expected=1
for options in "" "--template elsewhere/template.yaml"; do
    # shellcheck disable=SC2086 # two words
    linted $options
    says 'ER1200: A function sends to the queue that triggers it'
    says 'calls .* ([a-z/]*\.py:[0-9]*)'
    says '(lines [0-9, ]*)'
done
# A template without a loop has nothing of ours.
printf 'Resources: {Jobs: {Type: AWS::SQS::Queue}}\n' > template.yaml
expected=0
linted
echo "sam validate --lint tells the loop, what the code does, and the lines"
