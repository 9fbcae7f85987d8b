"""The one page of casework that is not the admin's: a document, as a recorded act."""

from typing import cast
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_GET

from casework import clock, services
from casework.errors import Refused
from casework.models import Document, Officer


@require_GET
@login_required
def download(request: HttpRequest, document_id: int) -> HttpResponseBase:
    """Give out a document; elsewhere's and missing ones are alike 404."""
    officer = cast(Officer, request.user)
    try:
        content = services.read_document(document_id, by=officer, at=clock.now())
    except Refused as refusal:
        status = 404 if refusal.code == "not_found" else 409
        return HttpResponse(refusal.message, status=status, content_type="text/plain; charset=utf-8")
    document = Document.objects.get(pk=document_id)
    answer = FileResponse(content, content_type=document.content_type)
    answer["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(document.name)}"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
