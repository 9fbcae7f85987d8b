"""A schema-driven run over the whole interface: what the description allows and what it does not, with all checks.
Bounded and the same each time. A system with its key asks; the envelope's messages are signed."""

import os
import secrets

import pytest
import requests
import schemathesis
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import load_all_checks
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance, unsupported_method

from casework.api.signing import SCHEMES
from casework.clock import now
from tests.api.conftest import filing

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "12"))
BOUNDED = settings(
    max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
EXCLUDED = [
    positive_data_acceptance,  # the description can't say which diseases, persons and facts there are
    unsupported_method,  # these two are asked once for each operation below, not by every example
    ignored_auth,
]
load_all_checks()


def described():
    return schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))


SCHEMA = described()
OPERATIONS = {one.ok().label: one.ok() for one in SCHEMA.get_all_operations()}


@pytest.fixture
def quick(settings, system, patient):
    settings.API_RATES = dict.fromkeys(settings.API_RATES, 10**6)
    system.post("diagnoses", filing())
    return system


def send(system, case):
    """Send what was made through the test client: a token, or for the envelope a signature; the answer as checked."""
    made = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
    given = {name: value for name, value in made.headers.items() if name not in ("Content-Type", "Content-Length")}
    body = made.body or b""
    answer = system.web.generic(
        made.method, made.path_url, body, made.headers.get("Content-Type", ""),
        headers=given | (signature(system) if case.operation.path.endswith("/platform") else system.headers()),
    )
    return Response(
        status_code=answer.status_code, headers={name.lower(): [value] for name, value in answer.headers.items()},
        content=answer.content, request=made, elapsed=0.0, verify=False, message=answer.reason_phrase,
    )


def signature(system):
    """Under x-tif it does not depend on the body."""
    stamp, nonce = str(int(now().timestamp())), secrets.token_hex(12)
    made = SCHEMES["tif"].sign(system.signing_key, stamp, nonce, b"")
    signed = {"paasid": system.key.name, "timestamp": stamp, "nonce": nonce, "signature": made}
    return {f"x-tif-{name}": value for name, value in signed.items()}


@pytest.mark.parametrize("label", OPERATIONS)
def test_no_request_is_a_fault_of_ours(quick, label):
    operation = OPERATIONS[label]

    @BOUNDED
    @given(case=operation.as_strategy())
    def run(case):
        case.validate_response(send(quick, case), excluded_checks=EXCLUDED)

    run()


def test_nothing_is_told_to_nobody(quick):
    """Threat "Outsider": each operation without a token or a signature."""
    for label in OPERATIONS:
        method, path = label.split()
        answer = quick.web.generic(method, path.replace("{handle}", "0" * 30).replace("{code}", "M03911"))
        assert answer.status_code == 401, label


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_no_other_method_does_anything(quick, method):
    for label in OPERATIONS:
        path = label.split()[1].replace("{handle}", "0" * 30).replace("{code}", "M03911")
        assert quick.web.generic(method, path, headers=quick.headers()).status_code == 405, label
