"""Addresses of the API of contacts. `contacts/{id}/path/` and `messages/` are the engine's."""

from django.urls import path

from contacts.api import consents, contacts, events, exports, imports, named, segments, token

ONE = "contacts/<int:pk>/"

urlpatterns = [
    path("token/", token.ObtainToken.as_view()),
    path("contacts/", contacts.Contacts.as_view()),
    path("contacts/export/", exports.ExportContacts.as_view()),
    path(ONE, contacts.OneContact.as_view()),
    path(f"{ONE}tags/", contacts.ContactTags.as_view()),
    path(f"{ONE}consents/", consents.Consents.as_view()),
    path(f"{ONE}export/", exports.ExportContact.as_view()),
    path(f"{ONE}events/", events.ContactEvents.as_view()),
    path("events/", events.Events.as_view()),
    path("tags/", named.Tags.as_view()),
    path("tags/<int:pk>/", named.OneTag.as_view()),
    path("lists/", named.Lists.as_view()),
    path("lists/<int:pk>/", named.OneList.as_view()),
    path("fields/", named.Fields.as_view()),
    path("fields/<int:pk>/", named.OneField.as_view()),
    path("consents/subjects/", consents.Subjects.as_view()),
    path("topics/", named.Topics.as_view()),
    path("topics/<int:pk>/", named.OneTopic.as_view()),
    path("segments/", segments.Segments.as_view()),
    path("segments/preview/", segments.PreviewCondition.as_view()),
    path("segments/<int:pk>/", segments.OneSegment.as_view()),
    path("segments/<int:pk>/preview/", segments.PreviewSegment.as_view()),
    path("imports/", imports.Imports.as_view()),
    path("imports/<int:pk>/", imports.OneImport.as_view()),
    path("imports/<int:pk>/estimate/", imports.EstimateImport.as_view()),
    path("imports/<int:pk>/start/", imports.StartImport.as_view()),
    path("imports/<int:pk>/cancel/", imports.CancelImport.as_view()),
    path("imports/<int:pk>/rejects/", imports.Rejects.as_view()),
]
