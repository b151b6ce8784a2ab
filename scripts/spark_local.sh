#!/bin/bash
# Tries the job for Apache Spark with the real engine, in local mode: what it finds is what `link` finds.
# usage: scripts/spark_local.sh [PYTHON]   (needs Java 17 or later)
set -euo pipefail
cd "$(dirname "$0")/.."
python="${1:-python3}"
command -v java > /dev/null || { echo "there is no Java: the job for Apache Spark is not tried"; exit 0; }
"$python" -m pip install --quiet 'pyspark>=4' 'pyarrow>=17'
"$python" -m pytest -q tests/test_fleet_tables.py -k spark
