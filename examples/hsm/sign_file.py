# Signs a file by PyKMIP with a key that is in a token: RSA of 2048 bits, PKCS #1 v1.5 over SHA-256. To the client it is a key like any other.
#
#   python3 examples/hsm/sign_file.py <directory of sign-file.sh> <file> <signature>

import base64
import json
import sys
import urllib.request

from kmip.core import enums
from kmip.pie.client import ProxyKmipClient

directory, source, signature = sys.argv[1:]
with open(f"{directory}/data/credentials.json") as file:
    credentials = json.load(file)
with open(f"{directory}/key.json") as file:
    key = json.load(file)["id"]
with open(source, "rb") as file:
    content = file.read()

# PyKMIP looks for settings in a file, and is given all of them here.
open(f"{directory}/pykmip.conf", "w").write("[client]\n")
server = credentials["kmip"]
with ProxyKmipClient(
        hostname=server["host"], port=server["port"], cert=server["certFile"], key=server["keyFile"],
        ca=server["caFile"], ssl_version="PROTOCOL_TLSv1_2", kmip_version=enums.KMIPVersion.KMIP_1_4,
        config_file=f"{directory}/pykmip.conf") as kmip:
    made = kmip.sign(content, key, {
        "padding_method": enums.PaddingMethod.PKCS1v15,
        "hashing_algorithm": enums.HashingAlgorithm.SHA_256})
with open(signature, "wb") as file:
    file.write(made)

# The public half, for whoever verifies.
request = urllib.request.Request(
    f"{credentials['url']}/admin/v1/projects/{credentials['project']['id']}/keys/{key}/public-key",
    headers={"Authorization": f"Bearer {credentials['admin']['apiKey']}"})
with urllib.request.urlopen(request) as answer:
    encoded = base64.b64decode(json.load(answer)["publicKey"])
with open(f"{directory}/public.pem", "w") as file:
    file.write("-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(encoded).decode() + "-----END PUBLIC KEY-----\n")
