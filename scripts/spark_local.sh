#!/usr/bin/env bash
# Tries the job for Apache Spark with the real engine, in local mode: what it finds is what `link` finds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1
python=${PYTHON:-.venv/bin/python}
cache=$PWD/.cache/spark
if ! command -v java > /dev/null; then
    echo "skipped: Spark needs Java 17 or later, and there is none"
    exit 0
fi
[ -x "$cache/bin/python" ] || "$python" -m venv "$cache"
rm -rf build # it would remember modules that are gone
if ! timeout 240 "$cache/bin/python" -m pip install -q '.[fleet]' hypothesis pytest 'pyspark>=4'; then
    echo "skipped: Spark could not be had from the package index"
    exit 0
fi
"$cache/bin/python" -P -m pytest -q -p no:cacheprovider tests/test_fleet_tables.py -k spark "$@"
