"""AWS KMS as boto3 sees it. Endpoint, region and access key come from the environment, as boto3 itself reads them."""

import os
import unittest
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT = os.environ["ACCOUNT_ID"]
REGION = os.environ["AWS_DEFAULT_REGION"]
ONCE = Config(retries={"total_max_attempts": 1})

kms = boto3.client("kms", config=ONCE)
foreign = boto3.client(
    "kms",
    config=ONCE,
    aws_access_key_id=os.environ["FOREIGN_ACCESS_KEY_ID"],
    aws_secret_access_key=os.environ["FOREIGN_SECRET_ACCESS_KEY"],
)


class Suite(unittest.TestCase):
    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        return caught.exception.response["Error"]["Message"]

    def key(self, **arguments):
        return kms.create_key(**arguments)["KeyMetadata"]

    def test_metadata(self):
        made = self.key(Description="boto3", Tags=[{"TagKey": "a", "TagValue": "b"}])
        described = kms.describe_key(KeyId=made["Arn"])["KeyMetadata"]
        self.assertEqual(made, described)
        self.assertEqual(made["AWSAccountId"], ACCOUNT)
        self.assertEqual(made["Arn"], f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{made['KeyId']}")

    def test_round_trip_with_context(self):
        key = self.key()
        for plaintext in (b"x", bytes(range(256)) * 16):
            blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=plaintext, EncryptionContext={"a": "1", "b": "ü"})
            opened = kms.decrypt(CiphertextBlob=blob["CiphertextBlob"], EncryptionContext={"b": "ü", "a": "1"})
            self.assertEqual(opened["Plaintext"], plaintext)
            self.assertEqual(opened["KeyId"], key["Arn"])
        self.refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=blob["CiphertextBlob"])

    def test_modelled_exceptions(self):
        with self.assertRaises(kms.exceptions.NotFoundException):
            kms.describe_key(KeyId=str(uuid.uuid4()))
        with self.assertRaises(kms.exceptions.InvalidCiphertextException):
            kms.decrypt(CiphertextBlob=b"junk")
        with self.assertRaises(kms.exceptions.UnsupportedOperationException):
            kms.get_key_policy(KeyId=self.key()["KeyId"])
        key = self.key()["KeyId"]
        kms.disable_key(KeyId=key)
        with self.assertRaises(kms.exceptions.DisabledException):
            kms.encrypt(KeyId=key, Plaintext=b"x")
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        with self.assertRaises(kms.exceptions.KMSInvalidStateException):
            kms.encrypt(KeyId=key, Plaintext=b"x")

    def test_data_keys(self):
        key = self.key()["KeyId"]
        made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext={"for": "boto3"})
        self.assertEqual(len(made["Plaintext"]), 32)
        opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"for": "boto3"})
        self.assertEqual(opened["Plaintext"], made["Plaintext"])
        wrapped = kms.generate_data_key_without_plaintext(KeyId=key, NumberOfBytes=64)
        self.assertNotIn("Plaintext", wrapped)
        self.assertEqual(len(kms.generate_random(NumberOfBytes=1024)["Plaintext"]), 1024)

    def test_reencrypt(self):
        source, target = self.key(), self.key()
        blob = kms.encrypt(KeyId=source["KeyId"], Plaintext=b"moving")["CiphertextBlob"]
        moved = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=target["KeyId"])
        self.assertEqual((moved["SourceKeyId"], moved["KeyId"]), (source["Arn"], target["Arn"]))
        opened = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], KeyId=target["KeyId"])
        self.assertEqual(opened["Plaintext"], b"moving")
        self.refused("IncorrectKeyException", kms.decrypt, CiphertextBlob=blob, KeyId=target["KeyId"])

    def test_dry_run(self):
        key = self.key()["KeyId"]
        self.refused("DryRunOperationException", kms.encrypt, KeyId=key, Plaintext=b"x", DryRun=True)

    def test_aliases_and_paginator(self):
        key = self.key()["KeyId"]
        names = sorted(f"alias/boto3/{uuid.uuid4()}" for _ in range(12))
        for name in names:
            kms.create_alias(AliasName=name, TargetKeyId=key)
        pages = kms.get_paginator("list_aliases").paginate(KeyId=key, PaginationConfig={"PageSize": 5})
        listed = [alias["AliasName"] for page in pages for alias in page["Aliases"]]
        self.assertEqual(sorted(listed), names)
        self.refused("AlreadyExistsException", kms.create_alias, AliasName=names[0], TargetKeyId=key)
        other = self.key()["KeyId"]
        kms.update_alias(AliasName=names[0], TargetKeyId=other)
        self.assertEqual(kms.describe_key(KeyId=names[0])["KeyMetadata"]["KeyId"], other)
        kms.delete_alias(AliasName=names[0])
        message = self.refused("NotFoundException", kms.describe_key, KeyId=names[0])
        self.assertEqual(message, f"Alias arn:aws:kms:{REGION}:{ACCOUNT}:{names[0]} is not found.")

    def test_keys_paginator(self):
        made = {self.key()["KeyId"] for _ in range(7)}
        pages = kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 3})
        listed = [key["KeyId"] for page in pages for key in page["Keys"]]
        self.assertEqual(len(listed), len(set(listed)))
        self.assertTrue(made <= set(listed))

    def test_tags_paginator(self):
        key = self.key()["KeyId"]
        kms.tag_resource(KeyId=key, Tags=[{"TagKey": f"k{n}", "TagValue": str(n)} for n in range(20)])
        kms.untag_resource(KeyId=key, TagKeys=["k0"])
        pages = kms.get_paginator("list_resource_tags").paginate(KeyId=key, PaginationConfig={"PageSize": 6})
        tags = {tag["TagKey"]: tag["TagValue"] for page in pages for tag in page["Tags"]}
        self.assertEqual(tags, {f"k{n}": str(n) for n in range(1, 20)})

    def test_rotation(self):
        key = self.key()
        blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"before")["CiphertextBlob"]
        kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=180)
        status = kms.get_key_rotation_status(KeyId=key["KeyId"])
        self.assertTrue(status["KeyRotationEnabled"])
        self.assertEqual(status["RotationPeriodInDays"], 180)
        for _ in range(3):
            kms.rotate_key_on_demand(KeyId=key["KeyId"])
        pages = kms.get_paginator("list_key_rotations").paginate(KeyId=key["KeyId"], PaginationConfig={"PageSize": 2})
        rotations = [rotation for page in pages for rotation in page["Rotations"]]
        self.assertEqual([rotation["RotationType"] for rotation in rotations], ["ON_DEMAND"] * 3)
        self.assertEqual(kms.decrypt(CiphertextBlob=blob)["Plaintext"], b"before")
        kms.disable_key_rotation(KeyId=key["KeyId"])
        self.assertFalse(kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"])

    def test_deletion_and_its_cancellation(self):
        key = self.key()["KeyId"]
        pending = kms.schedule_key_deletion(KeyId=key)
        self.assertEqual((pending["KeyState"], pending["PendingWindowInDays"]), ("PendingDeletion", 30))
        kms.cancel_key_deletion(KeyId=key)
        self.assertEqual(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"], "Disabled")
        kms.enable_key(KeyId=key)
        self.assertTrue(kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"])

    def test_accounts_are_apart(self):
        key = self.key()
        blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"mine")["CiphertextBlob"]
        self.refused("AccessDeniedException", foreign.decrypt, CiphertextBlob=blob)
        self.refused("AccessDeniedException", foreign.describe_key, KeyId=key["Arn"])
        self.refused("NotFoundException", foreign.describe_key, KeyId=key["KeyId"])

    def test_wrong_credentials(self):
        wrong = boto3.client("kms", config=ONCE, aws_secret_access_key="wrong", aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"])
        self.refused("InvalidSignatureException", wrong.list_keys)
        unknown = boto3.client("kms", config=ONCE, aws_secret_access_key="wrong", aws_access_key_id="AKIAQQQQQQQQQQQQQQQQ")
        self.refused("UnrecognizedClientException", unknown.list_keys)
        token = boto3.client(
            "kms",
            config=ONCE,
            aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
            aws_session_token="token",
        )
        self.refused("UnrecognizedClientException", token.list_keys)

    def test_presigned_request(self):
        from botocore.auth import SigV4QueryAuth
        from botocore.awsrequest import AWSRequest
        from botocore.httpsession import URLLib3Session

        request = AWSRequest(
            "POST",
            os.environ["AWS_ENDPOINT_URL_KMS"] + "/",
            data=b"{}",
            headers={"X-Amz-Target": "TrentService.ListKeys", "Content-Type": "application/x-amz-json-1.1"},
        )
        SigV4QueryAuth(boto3.Session().get_credentials().get_frozen_credentials(), "kms", REGION, 60).add_auth(request)
        answer = URLLib3Session().send(request.prepare())
        self.assertEqual(answer.status_code, 200, answer.content)

    def test_many_threads(self):
        from concurrent.futures import ThreadPoolExecutor

        key = self.key()["KeyId"]

        def round_trip(number):
            plaintext = str(number).encode()
            blob = kms.encrypt(KeyId=key, Plaintext=plaintext)["CiphertextBlob"]
            return kms.decrypt(CiphertextBlob=blob)["Plaintext"] == plaintext

        with ThreadPoolExecutor(8) as pool:
            self.assertTrue(all(pool.map(round_trip, range(100))))


if __name__ == "__main__":
    unittest.main()
