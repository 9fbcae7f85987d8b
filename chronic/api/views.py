"""The REST door: each view reads, calls one service, answers."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from casework.api import schema  # noqa: F401  (how strict fields are described)
from casework.api.answers import ProblemBody
from casework.api.faults import Fault, Problem
from casework.api.fields import Strict, checked
from casework.api.strictjson import check_text
from casework.clock import bureau_day, now
from chronic.api import catalogue, inputs, outputs, reading
from chronic.api.access import has_key
from chronic.api.parsers import FileParser
from chronic.models import ApiClient
from chronic.services import interface_diagnoses as diagnoses
from chronic.services import interface_files as files
from chronic.services import interface_people as people
from chronic.services import interface_reviews as reviews
from chronic.services import judging
from chronic.services.interface_submissions import Answered, submissions
from enrollment import services as enrollment

ANY = dict.fromkeys((400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429, 503), ProblemBody)
AHEAD = timedelta(days=60)
PAGE = 50


def described(
    name: str, scope: str, answer: Any, *, status: int = 200, query: type[Strict] | None = None, **more: Any
) -> Any:
    """How an operation stands in the OpenAPI description: its scope, its answer, and every refusal."""
    names = [
        OpenApiParameter(one, _type(field), required=field.required, description=str(field.help_text or ""))
        for one, field in (query().fields.items() if query else ())
    ]
    return extend_schema(
        operation_id=name, tags=[scope], parameters=names or None, auth=[{"oauth2": [scope]}],
        description=more["summary"], responses={status: answer, **ANY}, **more,
    )


def _type(field: Any) -> Any:
    if getattr(field, "pattern", ""):
        return {"type": "string", "maxLength": field.length, "pattern": f"^(?:{field.pattern})$"}
    if hasattr(field, "length"):
        return {"type": "string", "maxLength": field.length, "minLength": 1}
    return OpenApiTypes.DATE


class Door(APIView):
    """What all views share: the key's client, and a strict reading of body and query."""

    http_method_names = ["get", "head", "post"]
    scope = ""
    query_form: type[Strict] = Strict
    empty = "BODY_EMPTY"

    @property
    def client(self) -> ApiClient:
        return has_key(self.request).client

    def asked(self) -> dict[str, Any]:
        """The query, strictly: each name once and known."""
        given = {}
        for name, values in self.request.query_params.lists():
            if len(values) > 1:
                raise Problem(400, Fault("KEY_DUPLICATE", "查询参数重复。", got=name[:40]))
            check_text(name)
            check_text(values[0])
            given[name] = values[0]
        return checked(self.query_form, given)

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.query = self.asked()
        if request.method == "POST" and request.stream is None:
            raise Problem(400, Fault(self.empty, "报文是空的。"))


class Catalogue(Door):
    scope = "catalogue"
    query_form = inputs.CatalogueQuery

    @described("listCatalogue", "catalogue", outputs.Catalogue, query=inputs.CatalogueQuery, summary="病种目录")
    def get(self, request: Any) -> Response:
        known = judging.catalogue_of(self.client.institution.region_id)
        return Response(catalogue.overview(known, self.query.get("category", "")))


class Unit(Door):
    scope = "catalogue"

    @described("getUnit", "catalogue", outputs.UnitFull, summary="一个病种的认定标准")
    def get(self, request: Any, code: str) -> Response:
        return Response(catalogue.full(judging.catalogue_of(self.client.institution.region_id), code))


class Entitlements(Door):
    """A question by POST: an identity number never stands in an address."""

    scope = rate = "person"

    @described(
        "queryEntitlements", "person", outputs.Entitlements, request=inputs.PersonInput, summary="一个参保人的待遇"
    )
    def post(self, request: Any) -> Response:
        body = checked(inputs.PersonInput, request.data)
        known = reading.person_of(self.client, body, "entitlements", pointer="")
        today = bureau_day(now())
        cover = enrollment.coverage_on(known.person, today)
        return Response({
            **reading.shown_person(known), "insured": cover.covered, "insured_reason": cover.reason,
            "entitlements": [people.shown_entitlement(one) for one in people.entitlements_of(known.person, today)],
        })


class Diagnoses(Door):
    scope = "diagnosis"
    query_form = inputs.ListQuery

    @described("listDiagnoses", "diagnosis", outputs.DiagnosisList, query=inputs.ListQuery, summary="本机构的报送")
    def get(self, request: Any) -> Response:
        rows = submissions(self.client, before=self.query.get("before", ""), most=PAGE)
        told = [diagnoses.shown(row.certification, row.handle, row.number) for row in rows if row.certification]
        return Response({"diagnoses": told, "next": rows[-1].handle if len(rows) == PAGE else ""})

    @described(
        "submitDiagnosis", "diagnosis", outputs.Diagnosis, status=201, request=inputs.DiagnosisInput, summary="报送认定"
    )
    def post(self, request: Any) -> Response:
        body = checked(inputs.DiagnosisInput, request.data)
        client = self.client
        done = diagnoses.submit(
            client=client, number=body["submission_no"], content=plain(request.data),
            read=lambda: reading.diagnosis(client, body), at=now(),
        )
        return answered(done, 201)


class Diagnosis(Door):
    scope = "diagnosis"

    @described("followDiagnosis", "diagnosis", outputs.Diagnosis, summary="跟踪一次报送")
    def get(self, request: Any, handle: str) -> Response:
        return Response(diagnoses.follow(self.client, handle))


class Supplement(Door):
    scope = "diagnosis"

    @described("supplyFacts", "diagnosis", outputs.Diagnosis, request=inputs.SupplyInput, summary="补报事实")
    def post(self, request: Any, handle: str) -> Response:
        body = checked(inputs.SupplyInput, request.data)
        return answered(diagnoses.supply(
            client=self.client, handle=handle, number=body["submission_no"], content=plain(request.data),
            read=lambda case: reading.supplied(case, body), at=now(),
        ))


class Withdrawal(Door):
    scope = "diagnosis"

    @described("withdrawDiagnosis", "diagnosis", outputs.Diagnosis, request=inputs.WithdrawalInput, summary="撤回报送")
    def post(self, request: Any, handle: str) -> Response:
        body = checked(inputs.WithdrawalInput, request.data)
        return answered(diagnoses.withdraw(
            client=self.client, handle=handle, number=body["submission_no"], reason=body["reason"], at=now()
        ))


class DueReviews(Door):
    scope = "review"
    query_form = inputs.DueQuery

    @described("listDueReviews", "review", outputs.DueList, query=inputs.DueQuery, summary="到期应复审的待遇")
    def get(self, request: Any) -> Response:
        until = self.query.get("until") or bureau_day(now()) + AHEAD
        return Response({"due": reviews.due(self.client, until, at=now())})


class Reviews(Door):
    scope = "review"

    @described(
        "submitReview", "review", outputs.Diagnosis, status=201, request=inputs.ReviewInput, summary="报送复审"
    )
    def post(self, request: Any) -> Response:
        body = checked(inputs.ReviewInput, request.data)
        client = self.client
        return answered(diagnoses.submit(
            client=client, number=body["submission_no"], content={"kind": "review", **request.data},
            read=lambda: reading.review(client, body), at=now(),
        ), 201)


class Files(Door):
    scope = rate = "file"
    query_form = inputs.FileQuery
    parser_classes = [FileParser]
    empty = "FILE_EMPTY"

    @described(
        "uploadFile", "file", outputs.File, status=201, query=inputs.FileQuery, summary="上传材料",
        request=dict.fromkeys(FileParser.TYPES, OpenApiTypes.BINARY),
    )
    def post(self, request: Any) -> Response:
        kept = files.keep_file(
            client=self.client, content=request.data, filename=self.query["filename"], at=now()
        )
        document = kept.document
        return Response({
            "id": kept.handle, "filename": kept.filename, "size": document.size, "sha256": document.sha256,
            "kept_until": kept.kept_until.isoformat(),
        }, status=201)


class File(Door):
    scope = rate = "file"

    @described("downloadFile", "file", OpenApiTypes.BINARY, summary="下载本机构上传的材料")
    def get(self, request: Any, handle: str) -> HttpResponse:
        kept, content = files.read_file(client=self.client, handle=handle, at=now())
        return HttpResponse(content, content_type=kept.document.content_type, headers={
            "Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff",
        })


def answered(done: Answered, status: int = 200) -> Response:
    """The answer that was given the first time; a header says when it is told again."""
    return Response(done.answer, status=status, headers={"Idempotency-Replayed": "true"} if done.again else None)


def plain(data: Any) -> Any:
    """The content of a request as its digest is made of; exact numbers as text."""
    return dict(data)
