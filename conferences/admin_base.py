"""What the admin pages of every room have in common."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import Field, Model
from django.forms import ModelForm
from django.http import HttpRequest


class Rows(ChangeList):
    """Django's, to which a year of twenty digits in an address makes no sense either, as other years that there are not."""

    def get_filters(self, request: HttpRequest) -> Any:
        try:
            return super().get_filters(request)
        except OverflowError as error:
            raise IncorrectLookupParameters from error


class Records(admin.ModelAdmin):
    """Quick with a hundred thousand rows: no second count of all of them, no counts beside the filters. A change writes
    the fields that were changed and no others, so that it takes nothing back that happened while the form was open.

    Set `list_select_related` by hand: Django's own choice leaves out foreign keys that may be empty.
    """

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    # Fields that are chosen when a row is made and stay.
    fixed_fields: tuple[str, ...] = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Rows

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        fixed = self.fixed_fields if obj else ()
        return [*super().get_readonly_fields(request, obj), *fixed]

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
            return
        obj.save(update_fields=changed_fields(obj, form))


def changed_fields(obj: Model, form: ModelForm) -> list[str]:
    """The columns that `form` changed, and those that tell when."""
    fields: list[Field[Any, Any]] = [field for field in obj._meta.concrete_fields if not field.primary_key]
    return [field.name for field in fields if field.name in form.changed_data or getattr(field, "auto_now", False)]


class ReadOnly:
    """For what is a record of something that happened: it is looked at, and changed by no hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
