#!/bin/sh
# A server whose root key is in a token, a key that never leaves it, and a signature that anybody verifies with OpenSSL. SoftHSM2 stands in
# for the token; name another library and another label for one of your own.
#
#   sh examples/hsm/sign-file.sh report.pdf report.sig
#
# In the directory that HSM_EXAMPLE_DIR names (default: ./hsm-example) it makes the token with its PIN, the data of the server, and beside
# them the public key. The file is signed by PyKMIP (sign_file.py), a client of KMIP as it comes from its package (Debian: python3-pykmip).
set -eu
umask 077

source=$1
signature=$2
here=$(dirname "$0")
directory=${HSM_EXAMPLE_DIR:-./hsm-example}
library=${PKCS11_LIBRARY:-/usr/lib/softhsm/libsofthsm2.so}
# Not by npx, which a signal ends without the server behind it.
keyhold=${KEYHOLD:-node $here/../../bin/keyhold.js}
port=${KEYHOLD_PORT:-7600}
kmip_port=${KEYHOLD_KMIP_PORT:-5696}

mkdir -p "$directory/tokens"
directory=$(cd "$directory" && pwd)
SOFTHSM2_CONF=$directory/softhsm2.conf
export SOFTHSM2_CONF
if [ ! -f "$directory/token.pin" ]; then
  printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n' "$directory" >"$SOFTHSM2_CONF"
  od -An -N8 -tu8 /dev/urandom | tr -d ' ' >"$directory/token.pin"
  pin=$(cat "$directory/token.pin")
  softhsm2-util --module "$library" --init-token --free --label keyhold --so-pin "$pin" --pin "$pin" >/dev/null
fi

KEYHOLD_DATA_DIR=$directory/data
export KEYHOLD_DATA_DIR
$keyhold serve --root-key pkcs11 --pkcs11-library "$library" --pkcs11-label keyhold --pkcs11-pin-file "$directory/token.pin" \
  --port "$port" --kmip-port "$kmip_port" --kmip-ciphers legacy >"$directory/server.log" 2>&1 &
server=$!
trap 'kill $server; wait $server || true' EXIT
tries=0
until $keyhold doctor >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 30 ] || { cat "$directory/server.log" >&2; exit 1; }
  sleep 1
done

# The key is made once, in the token, and named by its id from then on.
[ -f "$directory/key.json" ] || $keyhold keys create --algorithm rsa-2048 --protection hsm --json >"$directory/key.json"

"${PYTHON:-python3}" "$here/sign_file.py" "$directory" "$source" "$signature"
openssl dgst -sha256 -verify "$directory/public.pem" -signature "$signature" "$source"
