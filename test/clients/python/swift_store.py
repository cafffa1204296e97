# What tours of OpenStack Swift's encryption stand on: a store in memory in the place of a cluster's, and one line of JSON for each step.

import json

from swift.common.header_key_dict import HeaderKeyDict
from swift.common.swob import Request, Response

BODY = b"what nobody who has the disk may read " * 100
stored = {}


def say(step, **facts):
    print(json.dumps({"step": step, **facts}), flush=True)


class Store:
    """Objects as they would lie on a disk."""

    def __call__(self, environment, start_response):
        request = Request(environment)
        if request.method == "PUT":
            body = request.body_file.read()
            headers = HeaderKeyDict(request.headers)
            environment.get("swift.callback.update_footers", lambda footers: None)(headers)
            stored[request.path] = body, headers
            response = Response(status=201, request=request, headers={"Etag": headers.get("Etag", "")})
        else:
            body, headers = stored[request.path]
            kept = {name: value for name, value in headers.items()
                    if name.startswith(("X-Object-", "Content-Type", "Etag"))}
            response = Response(status=200, request=request, body=body, headers=kept)
        return response(environment, start_response)


def store_factory(global_conf, **local_conf):
    """For configuration files, which name what they put together."""
    return Store()
