"""Serves moto on one port of the loopback interface: serve.py PORT [CERTIFICATE KEY].

`moto_server` does the same with a thread for every request. Its conditional writes are not atomic between threads, as
DynamoDB's are, so that two writers could both win; one request at a time, they are.
"""

import gc
import sys

from moto import backends
from moto.dynamodb.comparisons import FuncSize
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple


def size(self, item):
    """DynamoDB takes a comparison with an attribute that is not there for false; moto 5.2.5 answers 500."""
    return None if self.attr.get_type(item) is None else size_of_present(self, item)


size_of_present = FuncSize.expr
FuncSize.expr = size

# It lives for a minute. It looks for its own modules on the disk at every request.
gc.disable()
modules = list(backends.list_of_moto_modules())
backends.list_of_moto_modules = lambda: modules

port, *tls = sys.argv[1:]
run_simple(
    "127.0.0.1",
    int(port),
    DomainDispatcherApplication(create_backend_app),
    threaded=False,
    ssl_context=tuple(tls) or None,
)
