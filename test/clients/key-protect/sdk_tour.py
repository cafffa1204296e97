"""Every method of IBM's Python SDK (keyprotect 3) against a running server: what it returns must fit the SDK's own models."""

import base64
import io
import json
import os
import unittest
import uuid

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from ibm_cloud_sdk_core import ApiException
from ibm_cloud_sdk_core.authenticators import IAMAuthenticator
from keyprotect import ibm_key_protect_api_v2 as sdk

from backstage import advance, ask
from certificates import self_signed

INSTANCE = os.environ["INSTANCE_ID"]
URL = os.environ["KEYHOLD_URL"]
NOT_OPERATIONS = {"new_instance", "construct_service_url"}
OPERATIONS = {
    name
    for name, member in vars(sdk.IbmKeyProtectApiV2).items()
    if callable(member) and not name.startswith("_") and name not in NOT_OPERATIONS
}
called = set()


class Client:
    """The SDK with the instance filled in, answers as plain objects, and a note of what has been called."""

    def __init__(self, api_key):
        self.service = sdk.IbmKeyProtectApiV2(IAMAuthenticator(api_key, url=URL))
        self.service.set_service_url(URL)

    def __getattr__(self, name):
        method = getattr(self.service, name)

        def call(*arguments, **options):
            called.add(name)
            response = method(*arguments, bluemix_instance=INSTANCE, **options)
            self.status, self.headers = response.get_status_code(), response.get_headers()
            result = response.get_result()
            return result.json() if hasattr(result, "json") else result

        return call


def tearDownModule():
    assert OPERATIONS == called, f"not called: {OPERATIONS - called}"


def collection(noun, *resources):
    kind = f"application/vnd.ibm.kms.{noun}+json"
    return {"metadata": {"collectionType": kind, "collectionTotal": len(resources)}, "resources": list(resources)}


def stream(body):
    return io.BytesIO(json.dumps(body).encode())


def key_body(**members):
    members = {"type": "application/vnd.ibm.kms.key+json", "name": "tour", "extractable": False, **members}
    return stream(collection("key", members))


def b64(data):
    return base64.b64encode(data).decode()


def name():
    return f"tour-{uuid.uuid4()}"


class Tour(unittest.TestCase):
    def setUp(self):
        self.kp = Client(os.environ["API_KEY"])

    def refused(self, code, call, *arguments, **options):
        with self.assertRaises(ApiException) as caught:
            call(*arguments, **options)
        [resource] = caught.exception.http_response.json()["resources"]
        self.assertEqual(resource["reasons"][0]["code"], code)
        self.assertEqual(resource["reasons"][0]["status"], caught.exception.status_code)

    def fits(self, model, answer):
        """The model takes the answer, and nothing of the answer is lost on it."""
        self.assertEqual(getattr(sdk, model).from_dict(answer).to_dict(), answer)
        return answer

    def key(self, **members):
        [made] = self.fits("Key", self.kp.create_key(key_create_body=key_body(**members)))["resources"]
        return made

    def test_root_key(self):
        tags = ["a", "b"]
        made = self.key(description="of the tour", tags=tags, aliases=[name()])
        self.assertEqual(self.kp.status, 201)
        self.assertEqual((made["state"], made["extractable"], made["imported"]), (1, False, False))
        self.assertEqual(made["tags"], tags)
        for key in (made["id"], made["aliases"][0]):
            [got] = self.fits("GetKey", self.kp.get_key(key))["resources"]
            [metadata] = self.fits("GetKeyMetadata", self.kp.get_key_metadata(key))["resources"]
            self.assertEqual((got["id"], metadata["id"]), (made["id"], made["id"]))
            self.assertNotIn("payload", got)
        self.assertEqual(self.kp.headers["Content-Type"], "application/vnd.ibm.kms.key+json")

    def test_standard_key(self):
        payload = b64(b"a password")
        made = self.key(extractable=True, payload=payload)
        self.assertTrue(made["imported"])
        self.assertEqual(self.kp.get_key(made["id"])["resources"][0]["payload"], payload)
        self.assertNotIn("payload", self.kp.get_key_metadata(made["id"])["resources"][0])
        minimal = self.kp.create_key(
            key_create_body=key_body(extractable=True), prefer="return=minimal"
        )
        self.assertNotIn("payload", minimal["resources"][0])
        self.refused("KEY_ROOT_REQ_ERR", self.kp.wrap_key, made["id"])

    def test_key_with_policy_overrides(self):
        body = key_body(rotation={"enabled": True, "interval_month": 6}, dualAuthDelete={"enabled": True})
        made = self.kp.create_key_with_policies_overrides(key_with_policy_overrides_create_body=body)
        [key] = self.fits("Key", made)["resources"]
        self.assertEqual(key["rotation"]["interval_month"], 6)
        self.assertTrue(key["dualAuthDelete"]["enabled"])

    def test_lists(self):
        marker = uuid.uuid4().hex
        made = {self.key(name=f"{marker}-{n}")["id"] for n in range(5)}
        listed = self.fits("ListKeys", self.kp.get_keys(search=marker, sort=["-creationDate"], state=[1]))
        self.assertEqual({key["id"] for key in listed["resources"]}, made)
        pages = [self.kp.get_keys(search=marker, limit=2, offset=n)["resources"] for n in (0, 2, 4)]
        self.assertEqual([len(page) for page in pages], [2, 2, 1])
        self.assertEqual({key["id"] for page in pages for key in page}, made)
        recent = 'creationDate=gte:"2020-01-01T00:00:00Z" extractable=false'
        self.assertEqual(len(self.kp.get_keys(filter=recent, search=f"name:{marker}")["resources"]), 5)
        self.kp.get_key_collection_metadata(state=[1, 2], extractable=False)
        self.assertGreaterEqual(int(self.kp.headers["Key-Total"]), 5)
        self.kp.get_key_collection_metadata()
        self.kp.get_keys()

    def test_wrap_rewrap_rotate_unwrap(self):
        key = self.key()["id"]
        wrapped = self.fits("WrapKeyResponseBody", self.kp.wrap_key(key))
        data_key, ciphertext = wrapped["plaintext"], wrapped["ciphertext"]
        self.assertEqual(len(base64.b64decode(data_key)), 32)
        aad = ["a", "b"]
        bound = self.kp.wrap_key(key, key_action_wrap_body=stream({"plaintext": data_key, "aad": aad}))
        self.assertNotIn("plaintext", bound)
        self.kp.rotate_key(key, key_action_rotate_body=stream({}), prefer="return=representation")
        self.assertEqual(self.kp.status, 204)
        self.refused("KEY_ROTATION_NOT_PERMITTED", self.kp.rotate_key, key)
        body = {"ciphertext": bound["ciphertext"], "aad": aad}
        opened = self.fits("UnwrapKeyResponseBody", self.kp.unwrap_key(key, key_action_unwrap_body=stream(body)))
        self.assertEqual(opened["plaintext"], data_key)
        self.assertEqual(opened["keyVersion"]["id"], bound["keyVersion"]["id"])
        self.assertNotEqual(opened["rewrappedKeyVersion"]["id"], bound["keyVersion"]["id"])
        renewed = self.kp.rewrap_key(key, key_action_rewrap_body=stream({"ciphertext": ciphertext}))
        self.fits("RewrapKeyResponseBody", renewed)
        body = stream({"ciphertext": renewed["ciphertext"]})
        self.assertEqual(self.kp.unwrap_key(key, key_action_unwrap_body=body)["plaintext"], data_key)
        self.refused(
            "UNPROCESSABLE_CIPHERTEXT_ERR",
            self.kp.unwrap_key,
            key,
            key_action_unwrap_body=stream({"ciphertext": bound["ciphertext"]}),
        )
        versions = self.kp.get_key_versions(key, limit=1, total_count=True)
        self.assertEqual(self.fits("ListKeyVersions", versions)["metadata"]["totalCount"], 2)
        [newest] = versions["resources"]
        self.assertEqual(newest["id"], renewed["rewrappedKeyVersion"]["id"])
        self.assertEqual(len(self.kp.get_key_versions(key, all_key_states=True)["resources"]), 2)

    def test_older_form_of_actions(self):
        key = self.key()["id"]
        made = self.kp.action_on_key(key, action="wrap", key_action_body=stream({}))
        body = stream({"ciphertext": made["ciphertext"]})
        opened = self.kp.action_on_key(key, action="unwrap", key_action_body=body)
        self.assertEqual(opened["plaintext"], made["plaintext"])
        self.kp.action_on_key(key, action="disable", key_action_body=stream({}))
        self.assertEqual(self.kp.status, 204)

    def test_disable_and_enable(self):
        key = self.key()["id"]
        self.kp.disable_key(key)
        self.assertEqual(self.kp.get_key(key)["resources"][0]["state"], 2)
        self.refused("KEY_ACTION_INVALID_STATE_ERR", self.kp.wrap_key, key)
        self.refused("REQ_TOO_EARLY_ERR", self.kp.enable_key, key)
        advance(31)
        self.kp.enable_key(key)
        self.assertEqual(self.kp.get_key(key)["resources"][0]["state"], 1)

    def test_deletion_restoration_and_purge(self):
        key = self.key()["id"]
        deleted = self.kp.delete_key(key, prefer="return=representation", force=False)
        [shown] = self.fits("DeleteKey", deleted)["resources"]
        self.assertEqual((shown["state"], shown["deleted"]), (5, True))
        self.refused("KEY_DELETED_ERR", self.kp.wrap_key, key)
        self.refused("REQ_TOO_EARLY_ERR", self.kp.restore_key, key)
        advance(31)
        restored = self.kp.restore_key(key, prefer="return=representation")
        self.assertEqual((self.kp.status, restored["resources"][0]["state"]), (201, 1))
        self.assertIsNone(self.kp.delete_key(key))
        self.assertEqual(self.kp.status, 204)
        self.refused("REQ_TOO_EARLY_ERR", self.kp.purge_key, key)
        advance(4 * 3600 + 1)
        self.setUp()
        self.fits("PurgeKey", self.kp.purge_key(key, prefer="return=representation"))
        self.refused("KEY_NOT_FOUND_ERR", self.kp.get_key, key)

    def test_deletion_by_two(self):
        key = self.key()["id"]
        policy = {"type": "application/vnd.ibm.kms.policy+json", "dualAuthDelete": {"enabled": True}}
        self.kp.put_policy(key, key_policy_put_body=collection("policy", policy), policy="dualAuthDelete")
        self.refused("AUTHORIZATIONS_NOT_MET", self.kp.delete_key, key)
        self.kp.set_key_for_deletion(key)
        self.kp.unset_key_for_deletion(key)
        self.kp.set_key_for_deletion(key)
        self.assertTrue(self.kp.get_key(key)["resources"][0]["dualAuthDelete"]["keySetForDeletion"])
        Client(os.environ["SECOND_API_KEY"]).delete_key(key)
        self.assertEqual(self.kp.get_key(key)["resources"][0]["state"], 5)

    def test_sync(self):
        key = self.key()["id"]
        self.kp.sync_associated_resources(key)
        self.assertEqual(self.kp.status, 204)
        self.refused("REQ_TOO_EARLY_ERR", self.kp.sync_associated_resources, key)

    def test_policies_of_a_key(self):
        key = self.key()["id"]
        kind = "application/vnd.ibm.kms.policy+json"
        rotation = {"type": kind, "rotation": {"enabled": True, "interval_month": 2}}
        dual = {"type": kind, "dualAuthDelete": {"enabled": False}}
        self.kp.put_policy(key, key_policy_put_body=collection("policy", rotation, dual))
        both = self.kp.get_policy(key)
        # The model of several policies knows no `type`.
        untyped = [{name: value for name, value in each.items() if name != "type"} for each in both["resources"]]
        self.fits("GetKeyPoliciesOneOfGetMultipleKeyPolicies", {**both, "resources": untyped})
        self.assertEqual(both["metadata"]["collectionTotal"], 2)
        one = self.fits("GetKeyPoliciesOneOfGetKeyPolicyRotation", self.kp.get_policy(key, policy="rotation"))
        self.assertEqual(one["resources"][0]["rotation"], {"enabled": True, "interval_month": 2})
        one = self.kp.get_policy(key, policy="dualAuthDelete")
        self.fits("GetKeyPoliciesOneOfGetKeyPolicyDualAuthDelete", one)

    def test_policies_of_the_instance(self):
        off = {"enabled": False}
        policies = {
            "allowedNetwork": {"enabled": True, "attributes": {"allowed_network": "public-and-private"}},
            "allowedIP": {"enabled": True, "attributes": {"allowed_ip": ["127.0.0.0/8", "::1/128"]}},
            "dualAuthDelete": off,
            "keyCreateImportAccess": {"enabled": True, "attributes": {"create_root_key": True}},
            "metrics": {"enabled": True},
            "rotation": {"enabled": True, "attributes": {"interval_month": 3}},
        }
        for kind, data in policies.items():
            body = collection("policy", {"policy_type": kind, "policy_data": data})
            self.kp.put_instance_policy(instance_policy_put_body=body, policy=kind)
            self.assertEqual(self.kp.status, 204)
            [shown] = self.kp.get_instance_policy(policy=kind)["resources"]
            self.assertEqual((shown["policy_type"], shown["policy_data"]["enabled"]), (kind, data["enabled"]))
        everything = self.kp.get_instance_policy()
        self.fits("GetInstancePoliciesOneOfGetMultipleInstancePolicies", everything)
        self.assertEqual({each["policy_type"] for each in everything["resources"]}, set(policies))
        [port] = self.fits("AllowedIPPort", self.kp.get_allowed_ip_port())["resources"]
        self.assertGreater(port["private_endpoint_port"], 0)
        self.assertEqual(self.key()["rotation"]["interval_month"], 3)
        network = policies["allowedNetwork"]
        ended = [
            {"policy_type": kind, "policy_data": network if kind == "allowedNetwork" else off} for kind in policies
        ]
        self.kp.put_instance_policy(instance_policy_put_body=collection("policy", *ended))
        self.assertNotIn("rotation", self.key())

    def test_import_token(self):
        made = self.fits("ImportToken", self.kp.post_import_token(expiration=600, max_allowed_retrievals=2))
        self.assertEqual((self.kp.status, made["remainingRetrievals"]), (200, 2))
        token = self.fits("GetImportToken", self.kp.get_import_token())
        public = serialization.load_pem_public_key(base64.b64decode(token["payload"]))
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)

        def sealed():
            material, iv = os.urandom(32), os.urandom(12)
            return {
                "payload": b64(public.encrypt(material, oaep)),
                "encryptedNonce": b64(AESGCM(material).encrypt(iv, base64.b64decode(token["nonce"]), None)),
                "iv": b64(iv),
                "encryptionAlgorithm": "RSAES_OAEP_SHA_256",
            }

        key = self.key(**sealed())
        self.assertTrue(key["imported"])
        self.kp.rotate_key(key["id"], key_action_rotate_body=stream(sealed()))
        self.refused("KEY_PAYLOAD_REQ_ERR", self.kp.rotate_key, key["id"])
        wrong = {**sealed(), "iv": b64(os.urandom(12))}
        self.refused("INCORRECT_NONCE_ERR", self.kp.create_key, key_create_body=key_body(**wrong))

    def test_aliases(self):
        key, alias = self.key()["id"], name()
        [made] = self.fits("KeyAlias", self.kp.create_key_alias(key, alias=alias))["resources"]
        self.assertEqual((made["keyId"], made["alias"]), (key, alias))
        self.refused("KEY_ALIAS_NOT_UNIQUE_ERR", self.kp.create_key_alias, self.key()["id"], alias=alias)
        self.kp.delete_key_alias(key, alias=alias)
        self.refused("KEY_NOT_FOUND_ERR", self.kp.get_key, alias)

    def test_key_rings(self):
        ring = name()
        self.kp.create_key_ring(ring)
        self.assertEqual(self.kp.status, 201)
        rings = self.kp.list_key_rings(limit=50, total_count=True)
        self.fits("ListKeyRingsWithTotalCount", rings)
        self.assertIn(ring, [each["id"] for each in rings["resources"]])
        made = self.kp.create_key(key_create_body=key_body(), x_kms_key_ring=ring)["resources"][0]
        self.assertEqual(made["keyRingID"], ring)
        self.refused("KEY_NOT_FOUND_ERR", self.kp.get_key, made["id"], x_kms_key_ring="default")
        self.refused("KEY_RING_NOT_EMPTY_ERR", self.kp.delete_key_ring, ring)
        patch = stream({"keyRingID": "default"})
        moved = self.kp.patch_key(made["id"], x_kms_key_ring=ring, key_patch_body=patch)
        self.assertEqual(self.fits("PatchKeyResponseBody", moved)["resources"][0]["keyRingID"], "default")
        self.kp.delete_key_ring(ring, force=True)
        self.assertEqual(self.kp.status, 204)

    def test_registrations(self):
        key = self.key()["id"]
        crn = f"crn:v1:bluemix:public:cloud-object-storage:global:a/tour:{uuid.uuid4()}:bucket:tour"
        quoted = crn.replace(":", "%3A").replace("/", "%2F")
        request = self.kp.service.prepare_request(
            method="POST",
            url=f"/api/v2/keys/{key}/registrations/{quoted}",
            headers={"Bluemix-Instance": INSTANCE, "Content-Type": "application/json"},
            data=json.dumps(collection("registration_input", {"preventKeyDeletion": True})),
        )
        self.kp.service.send(request)
        query = {"url_encoded_resource_crn_query": crn[:-4] + "*", "prevent_key_deletion": True, "total_count": True}
        for listed in (self.kp.get_registrations(key, **query), self.kp.get_registrations_all_keys(**query)):
            self.fits("RegistrationWithTotalCount", listed)
            self.assertEqual(listed["metadata"]["totalCount"], 1)
            self.assertEqual((listed["resources"][0]["keyId"], listed["resources"][0]["resourceCrn"]), (key, crn))
        self.refused("PREV_KEY_DEL_ERR", self.kp.delete_key, key, force=True)

    def test_kmip_adapters(self):
        key = self.key()["id"]
        wanted = {"name": name()[:40], "profile": "native_1.0", "profile_data": {"crk_id": key}}
        made = self.kp.create_kmip_adapter(**collection("kmip_adapter", wanted), allow_expiring_key=False)
        [adapter] = self.fits("ListKMIPAdapters", made)["resources"]
        for reference in (adapter["id"], adapter["name"]):
            self.assertEqual(self.kp.get_kmip_adapter(reference)["resources"][0], adapter)
        listed = self.kp.get_kmip_adapters(crk_id=key, total_count=True)
        self.fits("ListKMIPAdaptersWithTotalCount", listed)
        self.assertEqual((listed["resources"], listed["metadata"]["totalCount"]), ([adapter], 1))

        wanted = {"certificate": self_signed(), "name": "tour-certificate"}
        added = self.kp.add_kmip_client_certificate(adapter["id"], **collection("kmip_client_certificate", wanted))
        [known] = self.fits("ListKMIPClientCertificates", added)["resources"]
        got = self.kp.get_kmip_client_certificate(adapter["id"], id="tour-certificate")
        self.assertEqual(got["resources"][0], known)
        listed = self.kp.get_kmip_client_certificates(adapter["id"], limit=200, total_count=True)
        self.fits("ListKMIPPartialClientCertificatesWithTotalCount", listed)
        self.assertEqual(listed["metadata"]["totalCount"], 1)
        self.kp.delete_kmip_client_certificate(adapter["id"], id=known["id"])
        self.assertEqual(self.kp.status, 204)

        object_id = ask("kmip-object", adapter=adapter["id"])
        listed = self.kp.get_kmip_objects(adapter["id"], state=[1, 2], total_count=True)
        self.fits("ListKMIPObjectsWithTotalCount", listed)
        self.assertEqual([each["id"] for each in listed["resources"]], [object_id])
        self.kp.get_kmip_objects(adapter["id"])
        got = self.kp.get_kmip_object(adapter["id"], id=object_id)
        self.assertEqual(got["resources"], listed["resources"])
        with self.assertRaises(ApiException):
            self.kp.delete_kmip_object(adapter["id"], id=object_id)
        self.kp.delete_kmip_object(adapter["id"], id=object_id, force=True)
        self.assertEqual(self.kp.status, 204)
        self.kp.delete_kmip_adapter(adapter["id"])
        self.assertEqual(self.kp.status, 204)

    def test_tokens(self):
        wrong = Client("kh_wrong")
        with self.assertRaises(ApiException) as caught:
            wrong.get_key(str(uuid.uuid4()))
        self.assertEqual(caught.exception.status_code, 400)
        self.kp.get_key_collection_metadata(correlation_id="7d1a9e0c-33d0-4c6a-9a0e-6a5a1e1f0c11")
        self.assertEqual(self.kp.headers["Correlation-Id"], "7d1a9e0c-33d0-4c6a-9a0e-6a5a1e1f0c11")


if __name__ == "__main__":
    unittest.main()
