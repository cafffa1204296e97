# OpenStack Swift's encryption over a store in memory, with the root secrets of its kmip_keymaster middleware (Debian's python3-swift). It is
# put together from a configuration file as a proxy server's is. Prints one line of JSON for each step; the test beside compares them.

import os
import sys

from kmip.core import enums
from kmip.pie.client import ProxyKmipClient
from swift.common.swob import Request
from swift.common.wsgi import loadapp
from swift_store import BODY, say, stored


def make_keys(count):
    settings = {key: os.environ["KMIP_" + key.upper()] for key in ("host", "port", "cert_file", "key_file", "ca_file")}
    made = []
    with ProxyKmipClient(hostname=settings["host"], port=int(settings["port"]), cert=settings["cert_file"],
                         key=settings["key_file"], ca=settings["ca_file"], ssl_version="PROTOCOL_TLSv1_2",
                         config_file=sys.argv[1]) as client:
        for _ in range(count):
            key = client.create(enums.CryptographicAlgorithm.AES, 256)
            client.activate(key)
            made.append(key)
    return made, settings


def proxy(keys, active, settings):
    key_ids = "\n".join(f"key_id_{name} = {key}" for name, key in keys.items())
    path = os.path.join(os.environ["HOME"], f"proxy-{active}.conf")
    with open(path, "w") as file:
        file.write(f"""[DEFAULT]
[pipeline:main]
pipeline = kmip_keymaster encryption store
[app:store]
paste.app_factory = swift_store:store_factory
[filter:encryption]
use = egg:swift#encryption
[filter:kmip_keymaster]
use = egg:swift#kmip_keymaster
{key_ids}
active_root_secret_id = {active}
host = {settings["host"]}
port = {settings["port"]}
certfile = {settings["cert_file"]}
keyfile = {settings["key_file"]}
ca_certs = {settings["ca_file"]}
""")
    return loadapp(path)


def container_info(request):
    # What the proxy server would look up.
    request.environ["swift.infocache"] = {
        f"container/{'/'.join(request.path.split('/')[2:4])}": {"status": 200, "sysmeta": {}, "storage_policy": "0"},
        f"account/{request.path.split('/')[2]}": {"status": 200, "sysmeta": {}}}
    request.environ["swift.authorize"] = lambda request: None
    return request


def put(app, path):
    request = container_info(Request.blank(path, method="PUT", body=BODY, headers={"X-Object-Meta-Owner": "tour"}))
    return request.get_response(app)


def get(app, path):
    return container_info(Request.blank(path)).get_response(app)


def tour():
    (first, second), settings = make_keys(2)
    app = proxy({"first": first}, "first", settings)
    path = "/v1/AUTH_tour/box/object"
    written = put(app, path)
    body, headers = stored[path]
    say("written", status=written.status_int, hidden=BODY[:16] not in body and len(body) == len(BODY),
        meta_hidden="X-Object-Meta-Owner" not in headers)
    read = get(app, path)
    say("read", status=read.status_int, same=read.body == BODY, owner=read.headers.get("X-Object-Meta-Owner"))
    rotated = proxy({"first": first, "second": second}, "second", settings)
    say("read after rotation", status=get(rotated, path).status_int, same=get(rotated, path).body == BODY)
    again = "/v1/AUTH_tour/box/later"
    say("written after rotation", status=put(rotated, again).status_int, same=get(rotated, again).body == BODY)
    without = proxy({"second": second}, "second", settings)
    answer = get(without, path)
    say("read without the first key", same=answer.body == BODY, status=answer.status_int)


tour()
