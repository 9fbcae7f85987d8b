"""The addresses of the hospitals' interface. Identities never stand in them, handles can't be counted up."""

from django.urls import path, re_path

from casework.api.answers import missing
from chronic.api import views
from chronic.api.envelope.view import Envelope
from chronic.api.fields import HANDLE, UNIT
from chronic.api.tokens import Token

app_name = "api"
DIAGNOSIS = rf"^v1/diagnoses/(?P<handle>{HANDLE})"

urlpatterns = [
    path("oauth/token", Token.as_view(), name="token"),
    path("v1/catalogue", views.Catalogue.as_view(), name="catalogue"),
    re_path(rf"^v1/catalogue/(?P<code>{UNIT})$", views.Unit.as_view(), name="unit"),
    path("v1/entitlements/query", views.Entitlements.as_view(), name="entitlements"),
    path("v1/diagnoses", views.Diagnoses.as_view(), name="diagnoses"),
    re_path(rf"{DIAGNOSIS}$", views.Diagnosis.as_view(), name="diagnosis"),
    re_path(rf"{DIAGNOSIS}/facts$", views.Supplement.as_view(), name="supplement"),
    re_path(rf"{DIAGNOSIS}/withdrawal$", views.Withdrawal.as_view(), name="withdrawal"),
    path("v1/reviews", views.Reviews.as_view(), name="reviews"),
    path("v1/reviews/due", views.DueReviews.as_view(), name="due"),
    path("v1/files", views.Files.as_view(), name="files"),
    re_path(rf"^v1/files/(?P<handle>{HANDLE})$", views.File.as_view(), name="file"),
    path("v1/platform", Envelope.as_view(), name="envelope"),
    path("<path:rest>", missing),
    path("", missing),
]
