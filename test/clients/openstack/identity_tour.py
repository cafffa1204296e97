"""What keystoneauth, the library under every client of OpenStack, does with the identity service: one JSON line for each step."""

import json
import sys

from keystoneauth1 import exceptions, session
from keystoneauth1.identity import v3


def tell(step, **facts):
    print(json.dumps({"step": step, **facts}))


given = json.loads(sys.argv[1])
auth = v3.Password(
    auth_url=given["authUrl"],
    username=given["username"],
    password=given["password"],
    user_domain_name="Default",
    project_name=given["projectName"],
    project_domain_name="Default",
)
first = session.Session(auth=auth)
token = first.get_token()
access = auth.get_access(first)
tell("password", project=access.project_name, roles=sorted(access.role_names), user=access.username)
tell("catalog", url=first.get_endpoint(service_type="key-manager", interface="public", region_name="RegionOne"))

again = session.Session(auth=v3.Token(auth_url=given["authUrl"], token=token, project_id=access.project_id))
again.get_token()
tell("token", methods=sorted(again.auth.get_access(again)._data["token"]["methods"]))

made = first.post(
    "/users/%s/application_credentials" % access.user_id,
    endpoint_filter={"service_type": "identity", "interface": "public"},
    json={"application_credential": {"name": "robot", "roles": [{"name": "reader"}]}},
).json()["application_credential"]
robot = session.Session(
    auth=v3.ApplicationCredential(
        auth_url=given["authUrl"],
        application_credential_id=made["id"],
        application_credential_secret=made["secret"],
    )
)
robot.get_token()
tell("application", roles=sorted(robot.auth.get_access(robot).role_names))

checked = first.get(
    "/auth/tokens",
    endpoint_filter={"service_type": "identity", "interface": "public"},
    headers={"X-Subject-Token": robot.get_token()},
)
tell("validated", status=checked.status_code)
first.delete(
    "/auth/tokens",
    endpoint_filter={"service_type": "identity", "interface": "public"},
    headers={"X-Subject-Token": robot.get_token()},
)
try:
    first.get(
        "/auth/tokens",
        endpoint_filter={"service_type": "identity", "interface": "public"},
        headers={"X-Subject-Token": robot.get_token()},
    )
    tell("revoked", refused=None)
except exceptions.NotFound as refusal:
    tell("revoked", refused=refusal.http_status)

wrong = session.Session(auth=v3.Password(auth_url=given["authUrl"], username="nobody", password="nothing",
                                         user_domain_name="Default", project_name=given["projectName"],
                                         project_domain_name="Default"))
try:
    wrong.get_token()
except exceptions.Unauthorized as refusal:
    tell("wrong", refused=refusal.http_status)
