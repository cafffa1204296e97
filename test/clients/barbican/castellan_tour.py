# castellan's key manager (Debian's python3-castellan), by which Nova, Cinder, Glance and Octavia reach Barbican: every type of object, a
# key and a pair that are made there, lists and deletions. Prints one line of JSON for each step; the test beside compares them.

import datetime
import json
import os

from castellan import key_manager
from castellan.common import exception
from castellan.common.credentials import keystone_password
from castellan.common.objects import opaque_data, passphrase, private_key, public_key, symmetric_key, x_509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from oslo_config import cfg


def say(step, **facts):
    print(json.dumps({"step": step, **facts}), flush=True)


conf = cfg.ConfigOpts()
conf([], default_config_files=[])
key_manager.API(conf)
conf.set_override("backend", "barbican", "key_manager")
conf.set_override("auth_endpoint", os.environ["OS_AUTH_URL"], "barbican")
conf.set_override("barbican_endpoint", os.environ["BARBICAN_URL"], "barbican")
manager = key_manager.API(conf)
context = keystone_password.KeystonePassword(
    **{name: os.environ["OS_" + name.upper()] for name in
       ("auth_url", "username", "password", "project_name", "user_domain_name", "project_domain_name")})

DER = serialization.Encoding.DER


def objects():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "somebody")])
    now = datetime.datetime(2026, 1, 1)
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                   .serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
                   .sign(key, hashes.SHA256()))
    yield symmetric_key.SymmetricKey("AES", 256, b"k" * 32)
    yield private_key.PrivateKey("RSA", 2048, private)
    yield public_key.PublicKey("RSA", 2048, public)
    yield x_509.X509(certificate.public_bytes(DER))
    yield passphrase.Passphrase(b"a word")
    yield opaque_data.OpaqueData(b"anything")


for one in objects():
    stored = manager.store(context, one)
    found = manager.get(context, stored)
    say("stored", kind=type(found).__name__, same=found.get_encoded() == one.get_encoded())
    manager.delete(context, stored)
    try:
        manager.get(context, stored)
        say("deleted", found=True)
    except exception.ManagedObjectNotFoundError:
        say("deleted", found=False)

made = manager.create_key(context, algorithm="AES", length=256, name="volume")
key = manager.get(context, made)
say("made", algorithm=key.algorithm, bits=key.bit_length, bytes=len(key.get_encoded()))
private_id, public_id = manager.create_key_pair(context, algorithm="RSA", length=2048, name="pair")
private, public = manager.get(context, private_id), manager.get(context, public_id)
numbers = serialization.load_der_private_key(private.get_encoded(), None).public_key().public_numbers()
say("pair", fits=numbers == serialization.load_der_public_key(public.get_encoded()).public_numbers())
say("listed", kinds=sorted(type(one).__name__ for one in manager.list(context)))
