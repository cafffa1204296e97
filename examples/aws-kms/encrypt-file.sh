#!/bin/sh
# Encrypts a file of at most 4096 bytes, and decrypts it again, with the AWS CLI.
#
#   AWS_ENDPOINT=http://127.0.0.1:7600 sh examples/aws-kms/encrypt-file.sh encrypt secret.txt secret.sealed
#   AWS_ENDPOINT=http://127.0.0.1:7600 sh examples/aws-kms/encrypt-file.sh decrypt secret.sealed secret.txt
#
# The access key comes from where the CLI looks for it: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_DEFAULT_REGION, with the values
# that stand under `aws` in data/credentials.json.
set -eu
umask 077

alias=alias/example-small-files
endpoint=${AWS_ENDPOINT:-http://127.0.0.1:7600}

kms() {
  aws kms "$@" --endpoint-url "$endpoint" --output text
}

case "${1:-}" in
encrypt)
  if ! kms describe-key --key-id "$alias" >/dev/null 2>&1; then
    key=$(kms create-key --description 'Example: small files' --query KeyMetadata.KeyId)
    kms create-alias --alias-name "$alias" --target-key-id "$key"
  fi
  kms encrypt --key-id "$alias" --plaintext "fileb://$2" --encryption-context purpose=example \
    --query CiphertextBlob | base64 -d >"$3"
  ;;
decrypt)
  kms decrypt --key-id "$alias" --ciphertext-blob "fileb://$2" --encryption-context purpose=example \
    --query Plaintext | base64 -d >"$3"
  ;;
*)
  echo "usage: $0 encrypt|decrypt <source> <target>" >&2
  exit 2
  ;;
esac
