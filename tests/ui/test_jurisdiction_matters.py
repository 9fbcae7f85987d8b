"""The matters besides reimbursement: another county's case is gone by every address of the URL table that takes it."""

from datetime import date

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from casework.models import AuditEntry
from chronic import services as chronic
from chronic.models import Entitlement, WebhookDelivery
from chronic.services import Applicant
from chronic.services import interface_keys as keys
from chronic.services import interface_webhooks as webhooks
from maternity import services as maternity
from maternity.services import Happened, Payee
from relief import services as relief
from tests.chronic import conftest as certifying
from tests.chronic.conftest import city_manager as city_manager
from tests.chronic.conftest import clerk as clerk
from tests.chronic.conftest import hospital as hospital
from tests.chronic.conftest import sealer as sealer
from tests.maternity import conftest as births
from tests.maternity.conftest import january as january
from tests.ui.test_jurisdiction import GONE, addresses

pytestmark = pytest.mark.django_db

ROLES = ["窗口经办", "初审", "复核", "拨付", "主管", "系统管理"]
ARGUMENTS = {"object_id", "certification_id", "case_id"}
KEPT = {"chronic_certification", "chronic_entitlement", "chronic_apiclient", "chronic_apikey",
        "chronic_webhookdelivery", "maternity_birthevent",
        "maternity_maternitycase", "relief_reliefapplication"}


@pytest.fixture
def window(db):
    return certifying.make_officer("窗口经办", "W901")


@pytest.fixture
def neighbour(db, client):
    """Every role of the bureau, in the county next door."""
    officer = certifying.make_officer("窗口经办", "N901", region_code="511903")
    officer.groups.add(*Group.objects.filter(name__in=ROLES))
    client.force_login(officer)
    return client


@pytest.fixture
def entitlement(hospital, clerk, sealer, window, at) -> Entitlement:
    """A certificate of a person in Bazhou, with the case that it came from."""
    person = certifying.insured_person(window, at, "511902199001010010", "单小明")
    case = chronic.apply(
        person_id=person.pk, institution_id=hospital.pk, claimed=[certifying.claimed(certifying.HYPERTENSION)],
        applicant=Applicant(documents=certifying.DOCUMENTS), by=clerk, at=at,
    )
    doctors = {case.items.get().pk: certifying.DOCTOR}
    chronic.sign(certification_id=case.pk, doctors=doctors, by=clerk, at=at)
    chronic.seal(certification_id=case.pk, by=sealer, at=at)
    chronic.enter(certification_id=case.pk, by=clerk, at=at)
    chronic.confirm(certification_id=case.pk, by=certifying.make_officer("复核", "F901"), at=at)
    return Entitlement.objects.get()


@pytest.fixture
def interface(hospital, at) -> dict[str, int]:
    """A key and a message of the hospital in Bazhou."""
    client = keys.open_client(institution_code=hospital.code, by=None, at=at)
    endpoint, _ = webhooks.set_webhook(client_id=client.pk, url="https://his.hospital.example/", by=None, at=at)
    message = WebhookDelivery.objects.create(
        endpoint=endpoint, topic="diagnosis.changed", key="MT1", body={}, created_at=at
    )
    key = keys.issue_key(client_id=client.pk, by=None, at=at).key
    return {"chronic_apiclient": client.pk, "chronic_apikey": key.pk, "chronic_webhookdelivery": message.pk}


@pytest.fixture
def foreign(entitlement, interface, window, at, january) -> dict[str, int]:
    """One row of each matter in Bazhou, by the name that its addresses begin with."""
    mother = births.insured(window, january)
    event = maternity.record_event(
        mother_id=mother.pk, happened=Happened(event="birth", happened_on=date(2025, 1, 20), mode="vaginal"),
        by=window, at=january,
    )
    payee = Payee(name=mother.name, bank="中国工商银行巴中分行", account="6222021234567890123")
    case = maternity.register(event_id=event.pk, kinds=["antenatal"], payee=payee, by=window, at=january)
    application = relief.apply(
        person_id=entitlement.person_id, category="margin", reason="自付费用较大", by=window, at=at
    )
    return {
        "chronic_certification": entitlement.item.certification_id, "chronic_entitlement": entitlement.pk,
        "maternity_birthevent": event.pk, "maternity_maternitycase": case.pk,
        "relief_reliefapplication": application.pk, **interface,
    }


def pointed(foreign: dict[str, int]) -> list[tuple[str, dict]]:
    """The addresses that lead to one of these rows and to nothing else of it."""
    found = []
    for name, wanted in addresses():
        page = name.split(":")[-1]
        row = next((row for row in foreign if page.startswith(f"{row}_")), None)
        if row and len(wanted) == 1 and set(wanted) <= ARGUMENTS:
            found.append((name, {wanted[0]: foreign[row]}))
    return found


class TestAForeignMatter:
    def test_is_gone_by_every_address_and_moves_nothing(self, neighbour, foreign):
        known = AuditEntry.objects.count()

        for name, given in pointed(foreign):
            for answer in (neighbour.get(reverse(name, kwargs=given)),
                           neighbour.post(reverse(name, kwargs=given), {"note": "试", "version": "1"})):
                assert answer.status_code in GONE, f"{name} {answer.status_code}"
                shown = answer.content.decode(errors="replace")
                assert "单小明" not in shown, name
                assert "单小红" not in shown, name
        assert AuditEntry.objects.count() == known

    def test_of_every_kind_was_tried(self, foreign):
        tried = {next(row for row in foreign if name.split(":")[-1].startswith(f"{row}_"))
                 for name, _ in pointed(foreign)}

        assert tried == KEPT
        assert len(pointed(foreign)) > 40

    @pytest.mark.parametrize("row", sorted(KEPT))
    def test_is_in_no_list_and_found_by_no_search(self, neighbour, foreign, row):
        for word in ("", "单小明", "dxm", "1234"):
            answer = neighbour.get(reverse(f"admin:{row}_changelist"), {"q": word} if word else {}, follow=True)
            links = [f"/{row.replace('_', '/', 1)}/{foreign[row]}/change/"]
            assert all(link not in answer.content.decode() for link in links), f"{row} {word}"
