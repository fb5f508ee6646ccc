"""Answers as JSON, whatever was asked."""

from __future__ import annotations

from typing import Any

from rest_framework.renderers import JSONRenderer


class _Escaped(JSONRenderer):
    ensure_ascii = True


class Json(JSONRenderer):
    """A refusal says back what was sent, and JSON can spell what UTF-8 cannot: a lone surrogate is told as it came, `\\ud800`."""

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        try:
            return bytes(super().render(data, accepted_media_type, renderer_context))
        except UnicodeEncodeError:
            return bytes(_Escaped().render(data, accepted_media_type, renderer_context))
