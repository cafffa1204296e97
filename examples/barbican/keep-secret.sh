#!/bin/sh
# Keeps a file of text, such as a key in PEM, as a secret of a name, and gives it back, with the `openstack` command line. It may have 20,000
# bytes; Barbican takes white space off its ends.
#
#   sh examples/barbican/keep-secret.sh keep tls-key server.key
#   sh examples/barbican/keep-secret.sh give tls-key server.key
#
# The user comes from where the command line looks for it: the OS_* variables that the first start of the server prints.
set -eu
umask 077

find_secret() {
  openstack secret list --name "$1" --limit 1 -f value | cut -d ' ' -f 1
}

case "${1:-}" in
keep)
  # A payload is written once, and a name may be that of many secrets.
  if [ -n "$(find_secret "$2")" ]; then
    echo "There is a secret $2 already." >&2
    exit 1
  fi
  openstack secret store --name "$2" --file "$3" --payload-content-type text/plain \
    -f value -c 'Secret href'
  ;;
give)
  secret=$(find_secret "$2")
  if [ -z "$secret" ]; then
    echo "There is no secret $2." >&2
    exit 1
  fi
  rm -f "$3"
  openstack secret get "$secret" --file "$3"
  ;;
*)
  echo "usage: $0 keep|give <name> <file>" >&2
  exit 2
  ;;
esac
