#!/usr/bin/env bash
# Builds packages/NAME.zip for every function of this folder, with the libraries of its requirements.txt.
# Terraform (../terraform) and SAM (../sam) both deploy these packages.
# The same sources and library versions give the same bytes, so an unchanged function is not deployed again.
# Settings: PYTHON (python3), PYTHON_VERSION of the Lambda runtime (3.13), PLATFORM (manylinux2014_x86_64).
set -euo pipefail
cd "$(dirname "$0")"

python=${PYTHON:-python3}
staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
mkdir -p packages

for name in user_service legacy authorizer; do
  source=$name
  target=$staging/$name
  mkdir "$target"
  if [[ -f $source/requirements.txt ]]; then
    "$python" -m pip install --quiet --disable-pip-version-check --no-compile --target "$target" \
      --requirement "$source/requirements.txt" --only-binary=:all: \
      --platform "${PLATFORM:-manylinux2014_x86_64}" --python-version "${PYTHON_VERSION:-3.13}"
    # scripts and records of the installation differ from machine to machine; no function needs them
    rm -rf "$target/bin"
    find "$target" \( -name RECORD -o -name INSTALLER -o -name REQUESTED -o -name direct_url.json \) -delete
  fi
  cp "$source"/*.py "$target"
  find "$target" -exec touch -t 198001020000 {} +
  (cd "$target" && "$python" -m zipfile -c "$staging/$name.zip" ./*)
  mv "$staging/$name.zip" packages/
  echo "packages/$name.zip"
done
