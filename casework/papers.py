"""Papers: one template each, read on screen, printed, and filed as PDF. Whoever opens one writes that to the trail."""
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from threading import Lock
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string

_SETTING = Lock()


@lru_cache(maxsize=1)
def _fonts() -> Any:
    """One font configuration for the process: with one per document WeasyPrint keeps growing."""
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


def _nothing_from_outside(url: str, *args: Any, **kwargs: Any) -> Any:
    raise ValueError("a paper fetches nothing")


def pdf(html: str) -> bytes:
    """Set a paper as PDF. Raises OSError where Pango is not installed."""
    from weasyprint import HTML

    with _SETTING:
        made: bytes = HTML(string=html, url_fetcher=_nothing_from_outside).write_pdf(font_config=_fonts())
    return made


def paper(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, name: str, as_pdf: bool, print_url: str,
    pdf_url: str,
) -> HttpResponse:
    """Answer with the print view, or with the same page as PDF; without Pango with a page that explains it."""
    context = {**context, "pdf": as_pdf, "pdf_url": pdf_url}
    html = render_to_string(template, context, request)
    if not as_pdf:
        return _private(HttpResponse(html))
    try:
        content = pdf(html)
    except OSError:
        page = render_to_string("print/no_pdf.html", {"print_url": print_url}, request)
        return HttpResponse(page, status=503)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return _private(answer)


def _private(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "private, no-store"
    return answer


def day_of(text: str) -> date:
    """A day out of a notice's frozen body."""
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise Http404 from error
