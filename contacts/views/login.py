"""Signing in and out."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model, login, logout
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from contacts.models import Workspace
from contacts.views.page import page

STAY_S = 60 * 60 * 24 * 30


class SignIn(AuthenticationForm):
    """User name or e-mail address, and the password. Wrong pairs are counted by django-axes."""

    error_messages = {
        "invalid_login": "That name and password do not fit together. Capital letters count.",
        "inactive": "This account is switched off. Ask an admin of your workspace.",
    }

    def clean_username(self) -> str:
        """An address stands for the one user who has it; two users with one address must use their names."""
        given: str = self.cleaned_data["username"].strip()
        if "@" not in given:
            return given
        users = get_user_model()
        if users.objects.filter(username=given).exists():
            return given
        found = list(users.objects.filter(email__iexact=given).values_list("username", flat=True)[:2])
        return str(found[0]) if len(found) == 1 else given


@method_decorator([never_cache, sensitive_post_parameters("password")], name="dispatch")
class Login(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect(self.target(request))
        return self.answer(request, SignIn(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = SignIn(request, data=request.POST)
        if not form.is_valid():
            return self.answer(request, form, status=400)
        login(request, form.get_user())
        request.session.set_expiry(STAY_S if request.POST.get("stay") else 0)
        return redirect(self.target(request))

    def answer(self, request: HttpRequest, form: SignIn, status: int = 200) -> HttpResponse:
        context: dict[str, Any] = {
            "form": form,
            "next": self.target(request),
            "workspace_name": Workspace.current().name,
            "stay": request.method == "GET" or bool(request.POST.get("stay")),
        }
        return page(request, "contacts/login.html", context, status=status)

    @staticmethod
    def target(request: HttpRequest) -> str:
        """Where to go afterwards; only within this site."""
        asked = request.POST.get("next") or request.GET.get("next") or "/"
        safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
        return asked if safe else "/"


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("/login/")
