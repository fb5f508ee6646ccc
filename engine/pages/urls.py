"""The pages that show what runs."""

from django.urls import path

from engine.pages import contact_acts, history, imports, notices, people, simulated, why, workflows
from engine.pages.contact import contact
from engine.pages.overview import overview
from engine.pages.search import search

urlpatterns = [
    path("", overview, name="overview"),
    path("search/", search, name="search"),
    path("notices/<int:pk>/", notices.put_away),
    path("settings/stop/", notices.stop),
    path("contacts/", people.people, name="contacts"),
    path("contacts/new/", people.new),
    path("contacts/tags/", people.tag_many),
    path("contacts/import/", imports.imports),
    path("contacts/import/<int:pk>/", imports.one),
    path("contacts/import/<int:pk>/ahead/", imports.look_ahead),
    path("contacts/import/<int:pk>/progress/", imports.progress),
    path("contacts/import/<int:pk>/cancel/", imports.cancel),
    path("contacts/import/<int:pk>/rejects/", imports.rejects),
    path("contacts/<int:pk>/", contact, name="contact"),
    path("contacts/<int:pk>/tags/", contact_acts.edit_tags),
    path("contacts/<int:pk>/consents/", contact_acts.set_consent),
    path("contacts/<int:pk>/enrol/", contact_acts.add_to_workflow),
    path("contacts/<int:pk>/edit/", contact_acts.edit),
    path("contacts/<int:pk>/erase/", contact_acts.erase_for_good),
    path("history/", history.history, name="history"),
    path("history/export/", history.export),
    path("history/refusals/", history.refusals),
    path("history/retry/", history.retry),
    path("history/<int:pk>/cancel/", history.cancel),
    path("simulated-message/", simulated.message),
    path("why/", why.ask),
    path("why/answer/", why.answer),
    path("why/people/", why.people),
    path("workflows/", workflows.workflows, name="workflows"),
    path("workflows/new/", workflows.new),
    path("workflows/act/", workflows.act_on_many),
    *[
        path(f"workflows/<int:pk>/{verb}/", workflows.act, {"verb": verb})
        for verb in ("pause", "resume", "end", "archive", "duplicate", "delete")
    ],
]
