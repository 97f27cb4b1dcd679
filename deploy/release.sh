#!/usr/bin/env bash
# Build a release that others can build again, and sign it:  deploy/release.sh KEY.pem [OUT]
# KEY.pem is an Ed25519 key (openssl genpkey -algorithm ed25519), best on a machine without a network. What comes out:
#   vidimus-VERSION-py3-none-any.whl   built twice from two copies of the commit; both must be the same bytes
#   vidimus-VERSION.cdx.json           the bill of materials
#   requirements.lock                  every dependency by hash
#   SHA256SUMS, SHA256SUMS.sig         checked by: openssl pkeyutl -verify -rawin -pubin -inkey release.pub \
#                                                    -in SHA256SUMS -sigfile SHA256SUMS.sig && sha256sum -c SHA256SUMS
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
key=$(readlink -f "${1:?name the Ed25519 key of releases}")
out=$(readlink -m "${2:-dist}")
python=${PYTHON:-$PWD/.venv/bin/python}
[ -z "$(git status --porcelain --untracked-files=no)" ] || { echo "commit first: a release is a commit" >&2; exit 1; }
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml | head -1)
export SOURCE_DATE_EPOCH PYTHONHASHSEED=0
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
"$python" -m docs.generate --check
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for copy in one two; do
    mkdir -p "$work/$copy/src" "$work/$copy/out"
    git archive HEAD | tar -x -C "$work/$copy/src"
    (cd "$work/$copy/src" && "$python" -m hatchling build -t wheel -d "$work/$copy/out" >/dev/null)
done
wheel=$(basename "$work"/one/out/*.whl)
cmp "$work/one/out/$wheel" "$work/two/out/$wheel" || { echo "two builds differ: no release" >&2; exit 1; }
mkdir -p "$out"
cp "$work/one/out/$wheel" requirements.lock "$out/"
cp docs/reference/sbom.cdx.json "$out/vidimus-$version.cdx.json"
(
    cd "$out"
    rm -f SHA256SUMS SHA256SUMS.sig
    sha256sum "$wheel" requirements.lock "vidimus-$version.cdx.json" >SHA256SUMS
    openssl pkeyutl -sign -rawin -inkey "$key" -in SHA256SUMS -out SHA256SUMS.sig
    openssl pkey -in "$key" -pubout -out "$work/release.pub"
    openssl pkeyutl -verify -rawin -pubin -inkey "$work/release.pub" -in SHA256SUMS -sigfile SHA256SUMS.sig >/dev/null
    sha256sum --quiet -c SHA256SUMS
)
echo "$out: $wheel, built twice to the same bytes, signed" >&2
