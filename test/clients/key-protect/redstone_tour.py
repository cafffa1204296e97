"""Every method of the older Python client (keyprotect 2, which is redstone) against a running server, its encryption and its commands."""

import base64
import contextlib
import io
import json
import os
import sys
import unittest
import uuid
from unittest import mock

import keyprotect
import redstone
from keyprotect import bxauth
from redstone import client, crypto
from redstone.crypto import __main__ as crypto_command
from redstone.keyprotect import cli

from backstage import advance, ask
from certificates import self_signed

INSTANCE = os.environ["INSTANCE_ID"]
URL = os.environ["KEYHOLD_URL"]
NOT_OPERATIONS = {"endpoint_for_region"}
OPERATIONS = {
    name
    for name, member in vars(client.KeyProtect).items()
    if callable(member) and not name.startswith("_") and name not in {"KeyProtectError", *NOT_OPERATIONS}
}
called = set()


class Client:
    """The client, and a note of what has been called."""

    def __init__(self, api_key):
        credentials = bxauth.TokenManager(api_key=api_key, iam_endpoint=URL)
        self.client = keyprotect.Client(
            credentials=credentials, region="us-south", service_instance_id=INSTANCE, endpoint_url=URL + "/"
        )

    def __getattr__(self, name):
        called.add(name)
        return getattr(self.client, name)


def tearDownModule():
    assert OPERATIONS == called, f"not called: {OPERATIONS - called}"


def name():
    return f"tour-{uuid.uuid4()}"


class Tour(unittest.TestCase):
    def setUp(self):
        self.kp = Client(os.environ["API_KEY"])

    def refused(self, code, call, *arguments, **options):
        with self.assertRaises(client.KeyProtect.KeyProtectError) as caught:
            call(*arguments, **options)
        self.assertIn(f"({code})", str(caught.exception))

    def root(self, **options):
        return self.kp.create_key(name="tour", root=True, **options)["id"]

    def test_keys(self):
        alias = name()
        made = self.kp.create(name="tour", root=True, alias_list=[alias])
        self.assertEqual(self.kp.get(alias)["id"], made["id"])
        self.assertIn(made["id"], [key["id"] for key in self.kp.list_keys()])
        self.assertIn(made["id"], [key["id"] for key in self.kp.keys()])
        payload = b"a password"
        standard = self.kp.create_key(name="tour", payload=payload)
        self.assertEqual(base64.b64decode(self.kp.get_key(standard["id"])["payload"]), payload)
        raw = base64.b64encode(os.urandom(32)).decode()
        self.assertTrue(self.kp.create_key(name="tour", raw_payload=raw, root=True)["imported"])
        self.kp.delete(standard["id"])
        self.refused("KEY_NOT_FOUND_ERR", self.kp.get_key, str(uuid.uuid4()))

    def test_wrap_rewrap_rotate_unwrap(self):
        key, message, aad = self.root(), b"a data key", ["a", "b"]
        wrapped = self.kp.wrap(key, message, aad=aad)["ciphertext"]
        self.assertEqual(self.kp.unwrap(key, wrapped, aad=aad), message)
        self.assertEqual(self.kp.unwrap(key, wrapped.encode(), aad=aad), message)
        self.refused("UNPROCESSABLE_CIPHERTEXT_ERR", self.kp.unwrap, key, wrapped)
        self.assertIsNone(self.kp.rotate(key))
        self.refused("KEY_ROTATION_NOT_PERMITTED", self.kp.rotate_key, key)
        rewrapped = self.kp.rewrap(key, wrapped, aad=aad)
        self.assertNotEqual(rewrapped["keyVersion"]["id"], rewrapped["rewrappedKeyVersion"]["id"])
        self.assertEqual(self.kp.unwrap(key, rewrapped["ciphertext"], aad=aad), message)
        made = self.kp.wrap(key, None)
        self.assertEqual(self.kp.unwrap(key, made["ciphertext"]), base64.b64decode(made["plaintext"]))

    def test_rotation_of_an_imported_key(self):
        key = self.root(payload=os.urandom(32))
        wrapped = self.kp.wrap(key, b"before")["ciphertext"]
        self.kp.rotate_key(key, payload=os.urandom(32))
        self.assertEqual(self.kp.unwrap(key, wrapped), b"before")
        self.refused("KEY_PAYLOAD_REQ_ERR", self.kp.rotate_key, self.root(payload=os.urandom(16)))

    def test_life(self):
        key = self.root()
        self.kp.disable_key(key)
        self.refused("REQ_TOO_EARLY_ERR", self.kp.enable_key, key)
        advance(31)
        self.kp.enable_key(key)
        self.kp.delete_key(key)
        self.refused("REQ_TOO_EARLY_ERR", self.kp.restore_key, key)
        self.refused("REQ_TOO_EARLY_ERR", self.kp.sync_associated_resources, key)
        advance(31)
        self.kp.restore_key(key)
        self.assertEqual(self.kp.get_key(key)["state"], 1)
        self.kp.delete_key(key)
        self.refused("REQ_TOO_EARLY_ERR", self.kp.purge_key, key)
        advance(4 * 3600 + 1)
        self.setUp()
        self.kp.purge_key(key)
        self.refused("KEY_NOT_FOUND_ERR", self.kp.get_key, key)

    def test_sync(self):
        self.kp.sync_associated_resources(self.root())

    def test_deletion_by_two(self):
        key = self.root()
        self.kp.set_key_dual_auth_policy(key, dual_auth_enable=True)
        self.refused("AUTHORIZATIONS_NOT_MET", self.kp.delete_key, key)
        self.kp.initiate_dual_auth_delete(key)
        self.kp.cancel_dual_auth_delete(key)
        self.kp.initiate_dual_auth_delete(key)
        Client(os.environ["SECOND_API_KEY"]).delete_key(key)
        self.assertEqual(self.kp.get_key(key)["state"], 5)

    def test_policies_of_a_key(self):
        key = self.root()
        set_ = self.kp.set_key_rotation_policy(key, rotation_interval=2)
        self.assertEqual(set_["resources"][0]["rotation"]["interval_month"], 2)
        self.assertEqual(self.kp.get_key_policies(key)["resources"][0]["rotation"]["interval_month"], 2)

    def test_policies_of_the_instance(self):
        self.kp.set_instance_dual_auth_policy(dual_auth_enable=False)
        self.kp.set_instance_allowed_network_policy(True, "public-and-private")
        self.kp.set_instance_allowed_ip_policy(True, ["127.0.0.0/8"])
        self.kp.set_instance_metrics_policy(metrics_enable=True)
        self.kp.set_instance_key_create_import_access_policy(True, True, True, True, True, False)
        shown = self.kp.get_instance_policies()["resources"]
        enabled = {each["policy_type"]: each["policy_data"]["enabled"] for each in shown}
        self.assertEqual(
            enabled,
            {
                "dualAuthDelete": False,
                "allowedNetwork": True,
                "allowedIP": True,
                "metrics": True,
                "keyCreateImportAccess": True,
            },
        )

    def test_import_token(self):
        made = self.kp.create_import_token(expiration=86400, max_allowed_retrievals=50)
        self.assertEqual((made["maxAllowedRetrievals"], made["remainingRetrievals"]), (50, 50))
        self.assertEqual(self.kp.get_import_token()["remainingRetrievals"], 49)

    def test_aliases_and_key_rings(self):
        key, alias, ring = self.root(), name(), name()
        [made] = self.kp.create_key_alias(key, alias)["resources"]
        self.assertEqual((made["keyId"], made["alias"]), (key, alias))
        self.kp.delete_key_alias(key, alias)
        self.kp.create_key_ring(ring)
        self.kp.set_key_ring(key, key_ring_id="default", new_key_ring_id=ring)
        self.assertEqual(self.kp.get_key(key)["keyRingID"], ring)
        self.refused("KEY_RING_NOT_EMPTY_ERR", self.kp.delete_key_ring, ring)
        self.kp.set_key_ring(key, key_ring_id=ring, new_key_ring_id="default")
        self.assertIn(ring, [each["id"] for each in self.kp.get_key_rings()["resources"]])
        self.kp.delete_key_ring(ring)

    def test_registrations(self):
        key = self.root()
        self.assertEqual(self.kp.get_registrations(key)["resources"], [])
        crn = "crn:v1:bluemix:public:cloud-object-storage:global:a/tour:tour:bucket:*"
        self.assertEqual(self.kp.get_registrations(crn=crn)["resources"], [])

    def test_kmip_adapters(self):
        key = self.root()
        made = self.kp.kmip_adapter_create("native_1.0", {"crk_id": key}, name=name()[:40], description="of the tour")
        self.assertEqual(self.kp.kmip_adapter_get(made["name"]), made)
        self.assertEqual(self.kp.kmip_adapter_list(filters={"crk_id": key})["resources"], [made])
        self.assertEqual(self.kp.kmip_adapter_list(show_total=True, limit=1)["metadata"]["totalCount"], 1)
        added = self.kp.kmip_cert_create(made["id"], self_signed(), "tour-certificate")
        self.assertEqual(self.kp.kmip_cert_get(made["name"], "tour-certificate"), added)
        self.assertEqual(len(self.kp.kmip_cert_list(made["id"])["resources"]), 1)
        self.kp.kmip_cert_delete(made["id"], added["id"])
        object_id = ask("kmip-object", adapter=made["id"])
        [listed] = self.kp.kmip_object_list(made["id"])["resources"]
        self.assertEqual(self.kp.kmip_object_get(made["id"], object_id), listed)
        # This client has no word for the force that an active object takes.
        with self.assertRaises(client.KeyProtect.KeyProtectError):
            self.kp.kmip_object_delete(made["id"], object_id)
        with self.assertRaises(client.KeyProtect.KeyProtectError):
            self.kp.kmip_adapter_delete(made["id"])
        self.kp.kmip_adapter_delete(
            self.kp.kmip_adapter_create("native_1.0", {"crk_id": key}, name=name()[:40])["id"]
        )

    def test_tokens(self):
        manager = bxauth.TokenManager(api_key=os.environ["API_KEY"], iam_endpoint=URL, use_refresh_token=True)
        token = manager.get_token()
        self.assertEqual(token, manager.get_token())
        header, claims = bxauth.inspect_token(token)
        self.assertEqual(header["alg"], "RS256")
        self.assertEqual(claims["account"]["bss"], INSTANCE.replace("-", ""))
        manager._refresh_token()
        self.assertTrue(manager.get_token())
        with self.assertRaisesRegex(Exception, "BXNIM0415E"):
            bxauth.TokenManager(api_key="kh_wrong", iam_endpoint=URL).get_token()


class Session(redstone.Session):
    """What a program gets without naming a server, pointed at ours: the client itself has no setting for it."""

    def __init__(self):
        super().__init__(region="us-south")
        self.credentials = bxauth.TokenManager(os.environ["API_KEY"], iam_endpoint=URL)

    def service(self, service_name, **options):
        return super().service(service_name, **{**options, "endpoint_url": URL})


class Envelopes(unittest.TestCase):
    def setUp(self):
        redstone.DEFAULT_SESSION = Session()
        self.kp = redstone.service("KeyProtect", service_instance_id=INSTANCE)
        self.crns = [self.kp.create_key(name="tour", root=True)["crn"] for _ in range(2)]

    def run_command(self, main, *arguments):
        printed = io.TextIOWrapper(io.BytesIO())
        with mock.patch.object(sys, "argv", ["tour", *arguments]), contextlib.redirect_stdout(printed):
            self.assertFalse(main())
        printed.flush()
        return printed.buffer.getvalue()

    def test_encryption_under_two_keys(self):
        message, header = crypto.encrypt(b"a message", key_crns=self.crns, aad="tour")
        self.assertEqual([key["key_crn"] for key in header.data_keys], self.crns)
        self.assertEqual(crypto.decrypt(message)[0], b"a message")
        bare, _ = crypto.encrypt(b"a message", key_crns=self.crns)
        self.assertEqual(crypto.decrypt(bare)[0], b"a message")
        self.kp.delete_key(self.crns[0].split(":")[-1])
        self.assertEqual(crypto.decrypt(message)[0], b"a message")

    def test_command_of_encryption(self):
        with mock.patch.dict(os.environ, {"IBMCLOUD_API_KEY": "in the session"}):
            plain = os.path.join(os.getcwd(), "plain")
            with open(plain, "wb") as file:
                file.write(bytes(range(256)))
            sealed = self.run_command(crypto_command.main, "encrypt", "--key-crns", " ".join(self.crns), plain)
            with open(plain, "wb") as file:
                file.write(sealed)
            self.assertEqual(self.run_command(crypto_command.main, "decrypt", plain), bytes(range(256)))

    def test_command_of_keys(self):
        instance = {"region_id": "us-south"}
        with mock.patch.object(cli, "lookup_instance", return_value=instance):

            def run(*arguments):
                return self.run_command(cli._main, "-i", INSTANCE, *arguments)

            made = json.loads(run("create", "tour"))
            self.assertIn(made["id"].encode(), run("list"))
            self.assertEqual(json.loads(run("get", made["id"]))["id"], made["id"])
            wrapped = json.loads(run("wrap", made["id"], "--data", "a data key"))
            opened = run("unwrap", made["id"], wrapped["ciphertext"])
            self.assertEqual(base64.b64decode(opened), b"a data key")
            self.assertEqual(run("rotate", made["id"]).strip(), b"None")
            run("delete", made["id"])


if __name__ == "__main__":
    unittest.main()
