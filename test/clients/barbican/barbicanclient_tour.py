# python-barbicanclient (Debian's python3-barbicanclient) with a password at our own identity service: secrets of every kind, containers,
# orders, access lists and consumers. Prints one line of JSON for each step; the test beside compares them.

import datetime
import json
import os

from barbicanclient import client, exceptions
from keystoneauth1 import session
from keystoneauth1.identity import v3


def say(step, **facts):
    print(json.dumps({"step": step, **facts}), flush=True)


def connect():
    names = ("auth_url", "username", "password", "project_name", "user_domain_name", "project_domain_name")
    auth = v3.Password(**{name: os.environ["OS_" + name.upper()] for name in names})
    return client.Client(session=session.Session(auth=auth))


barbican = connect()


def refusal(act):
    try:
        act()
    except exceptions.HTTPClientError as error:
        return error.status_code
    return None


def tour_secrets():
    expiration = (datetime.datetime.utcnow() + datetime.timedelta(days=1)).isoformat()
    for kind, payload in (("opaque", b"\x00\xff"), ("passphrase", "a w\u00f6rd"), ("symmetric", b"k" * 32)):
        secret = barbican.secrets.create(name=kind, payload=payload, secret_type=kind, algorithm="aes",
                                         bit_length=256, mode="cbc", expiration=expiration)
        ref = secret.store()
        found = barbican.secrets.get(ref)
        same = found.payload == payload
        say("kept", kind=kind, same=same, status=found.status, type=found.secret_type, name=found.name)
    two = barbican.secrets.create(name="two")
    two.store()
    barbican.secrets.update(two.secret_ref, "later")
    say("two steps", payload=barbican.secrets.get(two.secret_ref).payload,
        again=refusal(lambda: barbican.secrets.update(two.secret_ref, "again")))
    named = barbican.secrets.list(name="two")
    say("listed", names=[secret.name for secret in named], total=barbican.secrets.total())
    gone = two.secret_ref
    two.delete()
    say("deleted", status=refusal(lambda: barbican.secrets.get(gone).payload))
    return ref


def tour_orders():
    key = barbican.orders.create_key(name="key", algorithm="aes", bit_length=256, mode="cbc")
    key.submit()
    made = barbican.orders.get(key.order_ref)
    say("key", status=made.status, bytes=len(barbican.secrets.get(made.secret_ref).payload))
    pair = barbican.orders.create_asymmetric(name="pair", algorithm="rsa", bit_length=2048)
    pair.submit()
    container = barbican.containers.get(barbican.orders.get(pair.order_ref).container_ref)
    say("pair", kind=type(container).__name__, private=container.private_key.payload.decode().splitlines()[0],
        public=container.public_key.payload.decode().splitlines()[0])
    barbican.orders.delete(key.order_ref)
    say("order deleted", status=refusal(lambda: barbican.orders.get(key.order_ref).status))


def tour_containers(ref):
    secret = barbican.secrets.get(ref)
    container = barbican.containers.create(name="box", secrets={"one": secret})
    container.store()
    found = barbican.containers.register_consumer(container.container_ref, "volumes", "http://volumes/one")
    say("container", names=sorted(found.secrets), consumers=found.consumers)
    barbican.containers.remove_consumer(container.container_ref, "volumes", "http://volumes/one")
    say("consumer removed", consumers=barbican.containers.get(container.container_ref).consumers)


def tour_access(ref):
    acl = barbican.acls.create(entity_ref=ref, users=["somebody"], project_access=False)
    acl.submit()
    read = barbican.acls.get(entity_ref=ref).read
    say("access", users=read.users, project_access=read.project_access)
    acl.remove()
    say("access removed", project_access=barbican.acls.get(entity_ref=ref).read.project_access)


ref = tour_secrets()
tour_orders()
tour_containers(ref)
tour_access(ref)
