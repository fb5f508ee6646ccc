"""Addresses of the builder's API. The engine adds its own below the same workflows."""

from django.urls import path

from builder.api import catalogue, checking, docs, draft, library, lifecycle, versions, workflows

ONE = "workflows/<int:pk>/"

urlpatterns = [
    path("schema/", docs.Schema.as_view(), name="api-schema"),
    path("docs/", docs.page, name="api-docs"),
    path("catalogue/", catalogue.Catalogue.as_view()),
    path("workflows/", workflows.Workflows.as_view()),
    path(ONE, workflows.OneWorkflow.as_view()),
    path(f"{ONE}draft/", draft.Draft.as_view()),
    path(f"{ONE}validate/", checking.Validate.as_view()),
    path(f"{ONE}impact/", checking.Impact.as_view()),
    path(f"{ONE}publish/", lifecycle.Publish.as_view()),
    path(f"{ONE}pause/", lifecycle.Pause.as_view()),
    path(f"{ONE}resume/", lifecycle.Resume.as_view()),
    path(f"{ONE}end/", lifecycle.End.as_view()),
    path(f"{ONE}archive/", lifecycle.Archive.as_view()),
    path(f"{ONE}duplicate/", lifecycle.Duplicate.as_view()),
    path(f"{ONE}versions/", versions.Versions.as_view()),
    path(f"{ONE}versions/<int:number>/", versions.OneVersion.as_view()),
    path(f"{ONE}versions/<int:number>/restore/", versions.Restore.as_view()),
    path("library/", library.Library.as_view()),
    path("library/<slug:slug>/use/", library.Use.as_view()),
]
