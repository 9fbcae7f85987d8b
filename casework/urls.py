"""Addresses of casework; mounted by config under any prefix."""

from django.urls import path

from casework import views

app_name = "casework"
urlpatterns = [path("documents/<int:document_id>/", views.download, name="document")]
