# The life of a key by PyKMIP's client (Debian's python3-pykmip), as storage products that embed it lead it: make, find, use, read, revoke and
# destroy. Prints one line of JSON for each step; the test beside compares them.

import json
import sys

from kmip.core import enums
from kmip.core.factories.attributes import AttributeFactory
from kmip.pie import exceptions, objects
from kmip.pie.client import ProxyKmipClient

settings = json.loads(sys.argv[1])
VERSIONS = [enums.KMIPVersion.KMIP_1_0, enums.KMIPVersion.KMIP_1_1, enums.KMIPVersion.KMIP_1_2,
            enums.KMIPVersion.KMIP_1_3, enums.KMIPVersion.KMIP_1_4, enums.KMIPVersion.KMIP_2_0]


def say(step, **facts):
    print(json.dumps({"step": step, **facts}), flush=True)


def refused(call):
    try:
        call()
    except exceptions.KmipOperationFailure as failure:
        return failure.reason.name
    return None


def client(version):
    return ProxyKmipClient(
        hostname="127.0.0.1", port=settings["port"], cert=settings["cert"], key=settings["key"],
        ca=settings["ca"], ssl_version=settings["ssl_version"], kmip_version=version,
        config_file=settings["config"])


for version in VERSIONS:
    name = f"tour-{version.name}"
    with client(version) as kmip:
        made = kmip.create(enums.CryptographicAlgorithm.AES, 256, name=name,
                           cryptographic_usage_mask=[enums.CryptographicUsageMask.ENCRYPT,
                                                     enums.CryptographicUsageMask.DECRYPT])
        by_name = kmip.locate(attributes=[AttributeFactory().create_attribute(
            enums.AttributeType.NAME, name)])
        say("listed", version=version.name, found=made in kmip.locate())
        key = kmip.get(made)
        say("made", version=version.name, id=made, found=made in by_name, algorithm=key.cryptographic_algorithm.name,
            length=key.cryptographic_length, bytes=len(key.value))
        before = refused(lambda: kmip.encrypt(b"x" * 16, made, {
            "block_cipher_mode": enums.BlockCipherMode.CBC, "padding_method": enums.PaddingMethod.PKCS5},
            iv_counter_nonce=b"i" * 16)) if version.value >= 1.2 else None
        kmip.activate(made)
        _, attributes = kmip.get_attributes(made, ["State", "Cryptographic Usage Mask", "Name"])
        say("active", version=version.name, attributes=len(attributes), before=before)
        if version.value >= 1.2:
            parameters = {"block_cipher_mode": enums.BlockCipherMode.CBC,
                          "padding_method": enums.PaddingMethod.PKCS5}
            secret, _ = kmip.encrypt(b"sixteen bytes and more", made, parameters, iv_counter_nonce=b"i" * 16)
            plain = kmip.decrypt(secret, made, parameters, iv_counter_nonce=b"i" * 16)
            say("used", version=version.name, opened=plain == b"sixteen bytes and more")
        registered = kmip.register(objects.SecretData(b"a password", enums.SecretDataType.PASSWORD))
        read = kmip.get(registered)
        say("registered", version=version.name, same=read.value == b"a password")
        active = refused(lambda: kmip.destroy(made))
        kmip.revoke(enums.RevocationReasonCode.CESSATION_OF_OPERATION, made, "the tour is over")
        kmip.destroy(made)
        kmip.destroy(registered)
        say("destroyed", version=version.name, while_active=active, afterwards=refused(lambda: kmip.get(made)))
