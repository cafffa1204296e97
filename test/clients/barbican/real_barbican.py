"""The real Barbican for any WSGI server, believing the headers X-Project-Id, X-User-Id and X-Roles: a peer to compare answers with."""

from paste import urlmap

from barbican.api import app
from barbican.api.middleware import context, microversion


def mended(inner):
    """Answers of the status 204 have a body there, and some requests end in an exception: neither can be told by HTTP."""

    def answer(environ, start):
        told = []

        def begin(status, headers, exc_info=None):
            told.append(status)
            return start(status, headers, exc_info)

        try:
            body = inner(environ, begin)
        except Exception:
            start("500 Internal Server Error", [("Content-Length", "0")])
            return []
        return [] if told[0].startswith("204") else body

    return answer


def versioned(inner):
    return microversion.MicroversionMiddleware(inner)


paths = urlmap.URLMap()
paths["/"] = versioned(app.create_version_app({}))
paths["/v1"] = context.UnauthenticatedContextMiddleware(versioned(app.create_main_app({})))
application = mended(paths)
