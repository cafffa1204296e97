# OpenStack Swift's encryption over a store in memory, with the root secret that its kms_keymaster middleware takes from Barbican (Debian's
# python3-swift). Prints one line of JSON for each step; the test beside compares them.

import os
import sys

from barbicanclient import client
from keystoneauth1 import session
from keystoneauth1.identity import v3
from swift.common.middleware.crypto import filter_factory, kms_keymaster
from swift.common.swob import Request
from swift_store import BODY, Store, say, stored

NAMES = ("auth_url", "username", "password", "project_name", "user_domain_name", "project_domain_name")

settings = {name: os.environ["OS_" + name.upper()] for name in NAMES}
barbican = client.Client(session=session.Session(auth=v3.Password(**settings)))
order = barbican.orders.create_key(name="swift", algorithm="aes", bit_length=256, mode="ctr")
order.submit()
ref = barbican.orders.get(order.order_ref).secret_ref
say("key", made=ref is not None)

conf = {
    "auth_endpoint": settings["auth_url"],
    "barbican_endpoint": os.environ["BARBICAN_URL"],
    "key_id": ref.rsplit("/", 1)[-1],
    "api_class": "castellan.key_manager.barbican_key_manager.BarbicanKeyManager",
    **{name: settings[name] for name in NAMES if name != "auth_url"},
}


def proxy():
    return kms_keymaster.KmsKeyMaster(filter_factory({})(Store()), conf)


path = "/v1/account/container/object"
environment = {"swift.infocache": {}}
put = Request.blank(path, method="PUT", body=BODY, headers={"Content-Type": "text/plain"})
put.environ["swift.infocache"] = {}
answer = put.get_response(proxy())
say("put", status=answer.status_int)
on_disk, _ = stored[path]
say("stored", clear=on_disk == BODY, bytes=len(on_disk))
# Another proxy fetches the root secret anew.
get = Request.blank(path, method="GET")
get.environ["swift.infocache"] = {}
answer = get.get_response(proxy())
say("get", status=answer.status_int, same=answer.body == BODY)
sys.exit(0)
