"""The outbox for superusers: read, and try again what failed. post_office brings an admin of its own, which can edit a
mail, send it within the request, and breaks the site's policy with inline styles; this one takes its place.
"""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from post_office import admin as post_office_admin  # registers its own, so that they can be taken back
from post_office.models import STATUS, Attachment, Email, EmailTemplate, Log

from conferences.admin_base import ReadOnly, Records, Rows
from registration.mail import admin_texts
from registration.mail.models import MailAttachment

for _model in (Email, EmailTemplate, Attachment, Log):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)
assert post_office_admin and admin_texts  # registers its own


class LogInline(ReadOnly, admin.TabularInline):
    model = Log
    verbose_name_plural = _("why it was not sent")
    fields = readonly_fields = ["date", "exception_type", "message"]


@admin.register(Email)
class MailAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["subject", "recipients", "status", "reason", "number_of_retries", "created", "scheduled_time"]
    list_filter = ["status", "created"]
    search_fields = ["to", "subject", "message_id"]
    search_help_text = _("Address, subject or Message-ID")
    date_hierarchy = "created"
    ordering = ["-pk"]
    list_per_page = 50
    fields = [
        "subject",
        "recipients",
        "from_email",
        "status",
        "number_of_retries",
        "scheduled_time",
        "created",
        "last_updated",
        "message_id",
        "message",
    ]
    readonly_fields = ["recipients"]
    # post_office has a page of its own at this name, with a button that sends at once.
    change_form_template = "admin/change_form.html"
    inlines = [LogInline]
    actions = ["try_again"]

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[Rows]:
        return Rows

    def get_queryset(self, request: HttpRequest) -> QuerySet[Email]:
        return super().get_queryset(request).prefetch_related("logs")

    @admin.display(description=_("to"))
    def recipients(self, mail: Email) -> str:
        return ", ".join(mail.to)

    @admin.display(description=_("not sent because"))
    def reason(self, mail: Email) -> str:
        return "" if mail.status == STATUS.sent else "; ".join(log.message for log in mail.logs.all())

    @admin.action(description=_("Try failed mails again"), permissions=["view"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Email]) -> None:
        """Only what failed: a mail that was sent, or that a worker has in its hands, would arrive twice."""
        failed = Email.objects.filter(pk__in=chosen.values("pk"), status=STATUS.failed)
        count = failed.update(status=STATUS.queued, scheduled_time=None, number_of_retries=0)
        self.message_user(
            request, ngettext("%d mail is queued again.", "%d mails are queued again.", count) % count, messages.SUCCESS
        )


@admin.register(MailAttachment)
class MailAttachmentAdmin(ReadOnly, Records):
    """That a file is there and how large; what is in it is never loaded for these pages."""

    list_display = ["name", "size", "created_at"]
    list_filter = ["created_at"]
    search_fields = ["name"]
    ordering = ["-pk"]
    fields = ["name", "size", "created_at"]
    readonly_fields = ["size"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[MailAttachment]:
        return super().get_queryset(request).defer("content").annotate(length=Length("content"))

    @admin.display(description=_("bytes"))
    def size(self, attachment: MailAttachment) -> int:
        return attachment.length
