#!/usr/bin/env bash
# Write requirements/*.txt anew: everything that is installed for a release, by the action and in the image, with hashes.
# It needs uv (`pip install uv`); with --upgrade versions go up, without it only what pyproject.toml asks for changes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
uv=${UV:-uv}
pin() { # python, sources, name
    "$uv" pip compile -q --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
        --python-version "$1" "${@:4}" "$2" -o "requirements/$3.txt"
}
pin 3.10 pyproject.toml runtime "$@"
pin 3.10 requirements/build.in build "$@"
pin 3.13 requirements/release.in release "$@"
