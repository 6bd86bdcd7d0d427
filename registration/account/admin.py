from __future__ import annotations

from importlib import import_module
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conferences.admin_base import ReadOnly, Records
from registration.account.models import User

# allauth's own pages come first, so that these take their place: those show the secrets of second factors, and the keys
# of sessions.
for _app in ("account", "mfa", "usersessions"):
    import_module(f"allauth.{_app}.admin")
admin.site.unregister([EmailAddress, Authenticator, UserSession])
admin.site.unregister(Group)


class PlaceholderFilter(admin.SimpleListFilter):
    title = _("account")
    parameter_name = "account"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("yes", _("Has an account")), ("no", _("Placeholder"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() == "no":
            return queryset.filter(email=None)
        return queryset.exclude(email=None) if self.value() == "yes" else queryset


def _free_address(typed: str, user: User) -> str:
    """As it is stored. Raises ValidationError where another account has confirmed it, be it as its second one."""
    address = typed.strip().lower()
    if EmailAddress.objects.filter(email=address, verified=True).exclude(user_id=user.pk).exists():
        raise ValidationError(_("This address has an account already."))
    return address


class ChangedUserForm(UserChangeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = not self.instance.is_placeholder  # nobody could sign in to it any more

    def clean_email(self) -> str:
        return _free_address(self.cleaned_data["email"] or "", self.instance)


class NewUserForm(forms.ModelForm):
    """Without a password: the person signs in with a code by e-mail, and sets one if they want one."""

    class Meta:
        model = User
        fields = ["email", "name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True  # nobody could sign in to it

    def clean_email(self) -> str:
        return _free_address(self.cleaned_data["email"], self.instance)

    def save(self, commit: bool = True) -> User:
        self.instance.set_unusable_password()
        return super().save(commit)


class EmailAddressInline(ReadOnly, admin.TabularInline):
    model = EmailAddress
    fields = ["email", "verified", "primary"]


@admin.register(User)
class UserAdmin(Records, BaseUserAdmin):
    list_display = ["__str__", "email", "is_superuser", "is_active", "last_login", "date_joined"]
    list_filter = [PlaceholderFilter, "is_superuser", "is_active"]
    search_fields = ["email", "name"]
    search_help_text = _("E-mail or name")
    ordering = ["-pk"]
    form = ChangedUserForm
    add_form = NewUserForm
    add_form_template = None
    add_fieldsets = [(None, {"fields": ["email", "name"]})]
    fieldsets = [
        (None, {"fields": ["name", "email", "password"]}),
        (_("Rights"), {"fields": ["is_active", "is_superuser"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]
    filter_horizontal = []
    inlines = [EmailAddressInline]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Nobody locks themselves out; another superuser may."""
        own = ["is_active", "is_superuser"] if obj and obj == request.user else []
        return [*super().get_readonly_fields(request, obj), *own]

    def get_inlines(self, request: HttpRequest, obj: User | None) -> list[type]:
        return self.inlines if obj else []

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        """A superuser and nobody else may open the admin. A changed address is confirmed anew at the next sign-in."""
        if "is_superuser" in form.changed_data:
            obj.is_staff = obj.is_superuser
            form.changed_data.append("is_staff")
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            obj.emailaddress_set.all().delete()
            if obj.email:
                obj.emailaddress_set.create(email=obj.email, primary=True, verified=False)


class GroupForm(forms.ModelForm):
    """A name and its people; one query for all that are chosen."""

    members = forms.ModelMultipleChoiceField(
        label=_("People"),
        queryset=User.objects.exclude(email=None),
        required=False,
        widget=AutocompleteSelectMultiple(User.groups.through._meta.get_field("user"), admin.site),
    )

    class Meta:
        model = Group
        fields = ["name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["members"] = self.instance.user_set.all()

    def _save_m2m(self) -> None:
        super()._save_m2m()
        self.instance.user_set.set(self.cleaned_data["members"])


@admin.register(Group)
class GroupAdmin(Records):
    """People for whom a discount comes by itself. It gives no rights: those come from the roles at a conference, or from
    being a superuser.
    """

    form = GroupForm
    fields = ["name", "members"]
    list_display = ["name"]
    search_fields = ["name"]


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnly, Records):
    list_display = ["email", "user", "primary", "verified"]
    list_filter = ["primary", "verified"]
    list_select_related = ["user"]
    search_fields = ["email", "user__name"]


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnly, Records):
    """Deleting one lets a person back in who lost their second factor."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__name"]
    fields = ["user", "type", "created_at", "last_used_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser


@admin.register(UserSession)
class UserSessionAdmin(ReadOnly, Records):
    list_display = ["user", "created_at", "last_seen_at", "ip", "user_agent"]
    list_filter = ["last_seen_at"]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__name", "ip"]
    fields = ["user", "created_at", "last_seen_at", "ip", "user_agent"]
