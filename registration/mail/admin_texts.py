"""The words of the mails, a conference at a time, with a preview beside them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conferences.admin_base import Records
from conferences.languages import in_language_of
from conferences.models import Conference
from conferences.numbers import read_number
from registration.mail.forms import MailTextForm, PreviewForm
from registration.mail.kinds import KINDS
from registration.mail.models import MailText
from registration.mail.preview import preview_mail
from registration.mail.views_preview import show_in_frame, with_mail_in_frame
from registration.mail.wording import Words, default_words


@admin.register(MailText)
class MailTextAdmin(Records):
    form = MailTextForm
    list_display = ["mail", "conference", "subject", "updated_at"]
    list_display_links = ["mail"]
    list_filter = ["conference"]
    list_select_related = ["conference"]
    search_fields = ["subject", "text"]
    fixed_fields = ("conference",)
    autocomplete_fields = ["conference"]
    change_form_template = "registration/mail/admin_text.html"
    change_list_template = "registration/mail/admin_texts.html"

    class Media:
        js = ("js/mail-text.js", "js/mail-preview.js")
        css: ClassVar = {"all": ["css/mail-text.css"]}

    @admin.display(description=gettext_lazy("mail"), ordering="kind")
    def mail(self, text: MailText) -> str:
        return str(KINDS[text.kind].label) if text.kind in KINDS else text.kind

    def get_urls(self) -> list[URLPattern]:
        return [
            path("preview/", self.admin_site.admin_view(self.preview), name="registration_mailtext_preview"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Below the texts there are, all mails with the words in use: of the conference that is chosen, or of the only one."""
        key = read_number(request.GET.get("conference__id__exact"))
        conferences = Conference.objects.all()[:2] if key is None else Conference.objects.filter(pk=key)
        chosen = conferences[0] if len(conferences) == 1 else None
        own = self._own_texts(request, chosen)
        kinds = [self._row(request, name, own.get(name, []), chosen) for name in KINDS]
        return super().changelist_view(request, {"kinds": kinds, "chosen": chosen, **(extra_context or {})})

    @staticmethod
    def _given_conference(request: HttpRequest) -> Conference | None:
        return Conference.objects.filter(pk=read_number(request.GET.get("conference"))).first()

    def _own_texts(self, request: HttpRequest, chosen: Conference | None) -> dict[str, list[MailText]]:
        texts: dict[str, list[MailText]] = defaultdict(list)
        for text in self.get_queryset(request).select_related("conference").order_by("conference__name", "pk"):
            if chosen is None or text.conference_id == chosen.pk:
                texts[text.kind].append(text)
        return texts

    def _row(self, request: HttpRequest, kind: str, own: list[MailText], chosen: Conference | None) -> dict[str, Any]:
        with in_language_of(chosen):
            subject = default_words(kind, chosen).subject
        can_add = self.has_add_permission(request) and not (chosen and own)
        about = {"kind": kind, **({"conference": chosen.pk} if chosen else {})}
        return {
            "label": KINDS[kind].label,
            "subject": own[0].subject if chosen and own else subject,
            "own": own,
            "add": f"{reverse('admin:registration_mailtext_add')}?{urlencode(about)}" if can_add else "",
        }

    @method_decorator(with_mail_in_frame)
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        text = self.get_object(request, object_id) if object_id else None
        conference = text.conference if text else self._given_conference(request)
        with in_language_of(conference):
            words = {name: default_words(name, conference) for name in KINDS}
        defaults = {
            name: {
                "subject": said.subject,
                "text": said.text,
                "known": [f"{{{known}}}" for known in KINDS[name].placeholders],
            }
            for name, said in words.items()
        }
        return super().changeform_view(request, object_id, form_url, {"defaults": defaults, **(extra_context or {})})

    def preview(self, request: HttpRequest) -> HttpResponse:
        """The mail with the words of the form as they are at the moment; the default where there are none."""
        form = PreviewForm(request.POST or None)
        if not self.has_view_permission(request):
            return HttpResponse(status=403)
        if not form.is_valid():
            return show_in_frame(None, None, instead=_("Choose a conference and a mail."))
        given, conference = form.cleaned_data, form.cleaned_data["conference"]
        with in_language_of(conference):
            default = default_words(given["kind"], conference)
        words = Words(given["subject"] or default.subject, given["text"] or default.text)
        mail = preview_mail(kind=given["kind"], conference=conference, words=words, now=timezone.now())
        return show_in_frame(mail, conference)
