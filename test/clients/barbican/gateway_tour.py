# Objects put into a gateway that speaks S3 and read back, by boto3: encrypted with the given key, in the clear, and with keys that must not work.
# Prints one line of JSON for each step; the test beside compares them.

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

given = json.loads(sys.argv[1])
s3 = boto3.client(
    "s3",
    endpoint_url=given["url"],
    region_name="us-east-1",
    aws_access_key_id=given["accessKeyId"],
    aws_secret_access_key=given["secretAccessKey"],
    config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
)
BUCKET = "bucket"
BODY = given["body"].encode()


def say(step, **facts):
    print(json.dumps({"step": step, **facts}), flush=True)


def put(name, key_id):
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_id} if key_id else {}
    return s3.put_object(Bucket=BUCKET, Key=name, Body=BODY, **encryption)


def refusal(act):
    try:
        act()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def get(name):
    return s3.get_object(Bucket=BUCKET, Key=name)


if given["part"] == "first":
    s3.create_bucket(Bucket=BUCKET)
    say("put", encryption=put("sealed", given["keyId"]).get("ServerSideEncryption"))
    put("clear", None)
    found = get("sealed")
    say("got", same=found["Body"].read() == BODY, key=found["SSEKMSKeyId"] == given["keyId"])
    for name, wrong in sorted(given["wrong"].items()):
        say("refused", why=name, code=refusal(lambda: put("never", wrong)))
else:
    say("again", code=refusal(lambda: get("sealed")))
