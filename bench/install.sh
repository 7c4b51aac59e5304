#!/bin/sh
# Installs the peers: Debian's mawk, gawk, goaccess and GNU time, and DuckDB's command line from PyPI.
set -eu
cd "$(dirname "$0")/.."
missing=''
for program in mawk gawk goaccess /usr/bin/time; do command -v "$program" >/dev/null || missing=yes; done
if [ -n "$missing" ]; then
  apt-get update -qq
  apt-get install -y -qq mawk gawk goaccess time
fi
if [ ! -x bench/out/venv/bin/duckdb ]; then
  python3 -m venv bench/out/venv
  bench/out/venv/bin/pip install --quiet duckdb-cli
fi
