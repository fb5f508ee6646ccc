"""The admin of contacts. Other apps add to it: `site` first, then `people.add_filter` and `people.add_panel`."""

from contacts.admin import files, log, people, site, users, words

__all__ = ["files", "log", "people", "site", "users", "words"]
