from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conferences.access import staff_access
from conferences.models import Role
from registration.logo.forms import LogoForm
from registration.logo.logos import keep_logo, remove_logo, shown_logo
from registration.logo.models import Logo

_YEAR = 365 * 24 * 3600


@login_not_required
@require_safe
def image(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """Whoever knows the digest has seen a page with it; of a conference that is not shown yet nobody can guess it."""
    logo = get_object_or_404(Logo.objects.only("image"), conference__slug=slug, digest=digest)
    return _picture(logo.image)


@login_not_required
@require_safe
def square(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """For Google Wallet, which fetches it by itself."""
    logos = Logo.objects.only("square").exclude(square=b"")
    return _picture(get_object_or_404(logos, conference__slug=slug, digest=digest).square)


def _picture(image: bytes) -> HttpResponse:
    headers = {"Cache-Control": f"public, max-age={_YEAR}, immutable", "Cross-Origin-Resource-Policy": "same-origin"}
    return HttpResponse(bytes(image), content_type="image/png", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
def settings_logo(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    form = LogoForm(request.POST, request.FILES) if request.method == "POST" else LogoForm()
    if form.is_valid():
        keep_logo(conference=access.conference, drawing=form.cleaned_data["file"], now=timezone.now())
        messages.success(request, _("Saved. This is how it looks from now on."))
        return redirect("settings-logo", slug)
    context = {
        "access": access,
        "conference": access.conference,
        "section": "settings",
        "tab": "conference",
        "form": form,
        "logo": shown_logo(access.conference),
    }
    return render(request, "registration/logo/settings_logo.html", context, status=422 if form.errors else 200)


@require_POST
def settings_logo_remove(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    remove_logo(conference=access.conference)
    messages.success(request, _("The logo is removed."))
    return redirect("settings-logo", slug)
