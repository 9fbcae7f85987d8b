"""What answers under which address. The screens are the admin site at the root, so it comes last: it answers all."""
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from chronic.views import certifying_institutions

urlpatterns = [
    path("api/schema/", SpectacularJSONAPIView.as_view(), name="api-schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    path("api/", include("chronic.api.urls")),
    path("public/certifying-institutions/", certifying_institutions, name="certifying-institutions"),
    path("", include("casework.urls")),
    path("", admin.site.urls),
]
