# The KMIP plug-in of OpenStack Barbican (Debian's python3-barbican): what the service asks of it to generate, store, give and delete secrets,
# for every kind that it stores. Prints one line of JSON for each step; the test beside compares them.

import base64
import json
import os
import shutil
import sys
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

# The plug-in insists on a key file that even its owner cannot write.
key_file = os.path.join(os.environ["HOME"], "barbican.key")
shutil.copyfile(os.environ["KMIP_KEY_FILE"], key_file)
os.chmod(key_file, 0o400)

settings_path = os.path.join(os.environ["HOME"], "barbican.conf")
with open(settings_path, "w") as file:
    file.write(f"""[kmip_plugin]
host = {os.environ["KMIP_HOST"]}
port = {os.environ["KMIP_PORT"]}
certfile = {os.environ["KMIP_CERT_FILE"]}
keyfile = {key_file}
ca_certs = {os.environ["KMIP_CA_FILE"]}
ssl_version = PROTOCOL_TLSv1_2
pkcs1_only = {os.environ.get("PKCS1_ONLY", "false")}
""")
sys.argv = ["barbican", "--config-file", settings_path]

from barbican.plugin import kmip_secret_store as plugin  # noqa: E402
from barbican.plugin.interface import secret_store as ss  # noqa: E402

plugin.CONF(args=["--config-file", settings_path])


def say(step, **facts):
    print(json.dumps({"step": step, **facts}), flush=True)


def pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def public_pem(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def certificate_pem(key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tour")])
    return (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(7).not_valid_before(datetime(2020, 1, 1))
            .not_valid_after(datetime(2020, 1, 1) + timedelta(days=20000))
            .sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


store = plugin.KMIPSecretStore(plugin.CONF)
say("plug-in", name=store.get_plugin_name())

# PyKMIP, which the plug-in uses, reads no key of triple DES: it takes the parity for part of the length.
for algorithm, bits in ((ss.KeyAlgorithm.AES, 128), (ss.KeyAlgorithm.AES, 192), (ss.KeyAlgorithm.AES, 256),
                        (ss.KeyAlgorithm.HMACSHA256, 256)):
    spec = ss.KeySpec(algorithm, bits)
    if not store.generate_supports(spec):
        say("not offered", algorithm=algorithm, bits=bits)
        continue
    metadata = store.generate_symmetric_key(spec)
    secret = store.get_secret(ss.SecretType.SYMMETRIC, metadata)
    length = len(base64.b64decode(secret.secret))
    store.delete_secret(metadata)
    say("generated", algorithm=algorithm, bits=bits, bytes=length, read=secret.key_spec.bit_length)

pair = store.generate_asymmetric_key(ss.KeySpec(ss.KeyAlgorithm.RSA, 2048))
private = store.get_secret(ss.SecretType.PRIVATE, pair.private_key_meta)
public = store.get_secret(ss.SecretType.PUBLIC, pair.public_key_meta)
loaded = serialization.load_pem_private_key(base64.b64decode(private.secret), None)
say("generated pair", same=public_pem(loaded) == base64.b64decode(public.secret))
store.delete_secret(pair.private_key_meta)
store.delete_secret(pair.public_key_meta)

key = rsa.generate_private_key(65537, 2048)
for kind, text, spec in (
        (ss.SecretType.SYMMETRIC, os.urandom(32), ss.KeySpec(ss.KeyAlgorithm.AES, 256)),
        (ss.SecretType.PASSPHRASE, b"a passphrase", ss.KeySpec()),
        (ss.SecretType.OPAQUE, b"opaque bytes", ss.KeySpec()),
        (ss.SecretType.PRIVATE, pem(key), ss.KeySpec(ss.KeyAlgorithm.RSA, 2048)),
        (ss.SecretType.PUBLIC, public_pem(key), ss.KeySpec(ss.KeyAlgorithm.RSA, 2048)),
        (ss.SecretType.CERTIFICATE, certificate_pem(key), ss.KeySpec())):
    secret = ss.SecretDTO(kind, base64.b64encode(text), spec, "application/octet-stream")
    metadata = store.store_secret(secret)
    again = store.get_secret(kind, metadata)
    store.delete_secret(metadata)
    try:
        store.get_secret(kind, metadata)
        gone = False
    except Exception:
        gone = True
    say("stored", kind=str(kind), same=base64.b64decode(again.secret) == text, gone=gone)
