#!/usr/bin/env bash
# The wheel as a newcomer gets it: by uvx and by pipx, from a folder that is not this one; then under every other Python
# that this machine has, with the tests that read through the dependencies. What cannot be had is named and passed over.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIPX_HOME PIPX_BIN_DIR UV_CACHE_DIR
python=${PYTHON:-$PWD/.venv/bin/python}
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
PIPX_HOME=$work/pipx PIPX_BIN_DIR=$work/bin UV_CACHE_DIR=$work/uv-cache

rm -rf build
"$python" -m pip wheel -q --no-deps --wheel-dir "$work/wheel" .
wheel=$(echo "$work"/wheel/*.whl)
cp fixtures/sqs-loop/wrong-variable/template.yaml "$work/template.yaml"
cd "$work"

finds() { # what follows is a way to run the program: it finds the loop
    local status=0
    "$@" check template.yaml > "$work/told" 2> "$work/complained" || status=$?
    if [ "$status" != 1 ] || ! grep -q 'error\[sqs-loop\]' "$work/told"; then
        cat "$work/told" "$work/complained"
        echo "failed: $*"
        exit 1
    fi
    echo "works: ${*//$work\//}"
}
"$python" -m venv "$work/tools"
for tool in uv pipx; do
    if ! timeout 120 "$work/tools/bin/pip" install -q "$tool" 2> /dev/null; then
        echo "$tool could not be had"
    elif [ "$tool" = uv ]; then
        finds "$work/tools/bin/uvx" --python "$python" --from "$wheel" recursion-lint
    else
        finds "$work/tools/bin/pipx" run --spec "$wheel" recursion-lint
    fi
done

# Where a Python lies: on the path, or beside the others of pyenv, which are not.
where() {
    local found
    for found in "$(command -v "python$1" || true)" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/python"$1"; do
        if [ -n "$found" ] && "$found" -c 'import venv' 2> /dev/null; then
            echo "$found"
            return
        fi
    done
}
own=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
for version in ${VERSIONS:-3.10 3.11 3.12 3.13 3.14}; do
    [ "$version" != "$own" ] || continue
    found=$(where "$version")
    if [ -z "$found" ]; then
        echo "Python $version is not on this machine"
        continue
    fi
    "$found" -m venv "$work/$version"
    "$work/$version/bin/python" -m pip install -q "$wheel[test]"
    finds "$work/$version/bin/recursion-lint"
    (cd "$root" && "$work/$version/bin/python" -I -m pytest -q -p no:cacheprovider -m 'not slow' \
        tests/test_{cli,config,fixtures,hostile_input,edit,code_python,code_javascript,graphml,graph_formats}.py)
done
