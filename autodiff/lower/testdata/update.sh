#!/usr/bin/env bash
# Makes anew what the tests of the operators compare with, after a change of generate.py or of the operator table:
# operators.tar.gz, node_cases.txt, and the README's table of operators.
#
#	PYTHON=venv/bin/python autodiff/lower/testdata/update.sh
#
# PYTHON, python3 if it is not set, has the onnx that .ci/run pins, onnxruntime and numpy.
set -euo pipefail
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"${PYTHON:-python3}" generate.py operators.tar.gz
"${PYTHON:-python3}" generate.py --all "$scratch/node_cases.tar.gz"
status=0
go test .. -count=1 -run '^TestOperators$|^TestOperatorTable$' -update || status=1
NODE_CASES=$scratch/node_cases.tar.gz go test .. -count=1 -run '^TestOperators$' -update || status=1
exit $status
