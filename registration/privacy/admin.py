"""A superuser deletes an account, or a person without one, as they would themselves: nobody's data is left by half."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from registration.account.admin import UserAdmin
from registration.account.models import User
from registration.errors import RegistrationError
from registration.privacy.leaving import delete_account, look_at_leaving

admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(UserAdmin):
    delete_confirmation_template = "registration/privacy/admin_delete.html"

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One by one, as each is asked for."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        user = self.get_object(request, unquote(object_id))
        if user is None:
            raise Http404
        if not self.has_delete_permission(request, user):
            raise PermissionDenied
        now = timezone.now()
        if request.method == "POST":
            try:
                self._delete(request, user)
            except RegistrationError as refusal:
                messages.error(request, refusal.message)
            else:
                messages.success(request, _("The person is deleted."))
                return redirect("admin:registration_user_changelist")
        context = {
            **self.admin_site.each_context(request), "title": _("Delete this person"), "opts": self.opts, "user_shown": user,
            "leaving": look_at_leaving(user=user, now=now),
        }  # fmt: skip
        status = 422 if request.method == "POST" else 200
        return TemplateResponse(request, self.delete_confirmation_template, context, status=status)

    @staticmethod
    def _delete(request: HttpRequest, user: User) -> None:
        key = str(user.pk)
        delete_account(user=user, now=timezone.now())
        LogEntry.objects.create(
            user=request.user, content_type=ContentType.objects.get_for_model(User), object_id=key, object_repr=key,
            action_flag=DELETION,
        )  # fmt: skip
