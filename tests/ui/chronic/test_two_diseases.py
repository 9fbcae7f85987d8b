"""The list of the health department on screen: taken in a dialog, its four outcomes, its faults row by row."""
from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse

from casework.workbooks import write
from chronic.models import Entitlement, TwoDiseaseList
from tests.ui.reading import read

pytestmark = pytest.mark.django_db

TAKE, LIST = "admin:chronic_twodiseaselist_take_in", "admin:chronic_twodiseaselist_changelist"
HEADINGS = ["证件号码", "姓名", "病种", "开始日期", "终止日期"]
PATIENT = ["511902199001010010", "单小明", "高血压", "2025-10-01", ""]
NOBODY = ["511903198506150029", "职工甲", "糖尿病", "", ""]


def sent(*rows, **more):
    file = BytesIO(write("两病", HEADINGS, rows))
    file.name = "两病.xlsx"
    return {"file": file, "listed_on": "2025-11-01", **more}


class TestTakingAList:
    def test_shows_its_four_outcomes(self, as_officer, supervisor, patient):
        """BZ-CHR-20.1."""
        client = as_officer(supervisor)
        client.post(reverse(TAKE), sent(PATIENT, NOBODY))
        made = TwoDiseaseList.objects.get()
        page = client.get(reverse("admin:chronic_twodiseaselist_change", args=[made.pk]))

        assert [(one["label"], one["number"]) for one in page.context["counts"]] == [
            ("新增", 1), ("不变", 0), ("终止", 0), ("未匹配", 1),
        ]
        assert page.context["lines"][0]["row"] == 3
        assert NOBODY[0] not in page.content.decode()
        assert Entitlement.objects.get().certified_on == date(2025, 10, 1)

    def test_names_each_fault_with_its_row_and_writes_nothing(self, as_officer, supervisor, patient):
        wrong = ["51190219900101001X", "", "感冒", "", ""]
        answer = as_officer(supervisor).post(reverse(TAKE), sent(PATIENT, wrong))

        text = read(answer).text
        assert answer.status_code == 409
        assert "文件没有写入" in text
        assert "第3行" in text
        assert "请填写姓名" in text
        assert not TwoDiseaseList.objects.exists()
        assert not Entitlement.objects.exists()

    def test_refuses_what_is_no_workbook(self, as_officer, supervisor):
        file = BytesIO(b"not a workbook")
        file.name = "两病.xlsx"
        answer = as_officer(supervisor).post(reverse(TAKE), {"file": file, "listed_on": "2025-11-01"})

        assert answer.status_code == 409
        assert not TwoDiseaseList.objects.exists()

    def test_is_not_for_the_window(self, as_officer, window_officer, patient):
        client = as_officer(window_officer)

        assert client.post(reverse(TAKE), sent(PATIENT)).status_code == 403
        assert client.get(reverse(LIST)).status_code == 200
        assert not Entitlement.objects.exists()

    def test_of_another_county_is_gone(self, as_officer, supervisor, neighbour, patient):
        as_officer(supervisor).post(reverse(TAKE), sent(PATIENT))
        made = TwoDiseaseList.objects.get()

        address = reverse("admin:chronic_twodiseaselist_change", args=[made.pk])
        assert as_officer(neighbour).get(address).status_code == 302
