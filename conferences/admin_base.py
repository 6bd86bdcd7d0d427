"""What the admin pages of every room have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import PROTECT, RESTRICT, DateField, DateTimeField, Field, ManyToOneRel, Model
from django.forms import ModelChoiceField, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _

from conferences.forms_dates import check_year

# For `formfield_overrides` of what has days and moments that somebody plans.
PLANNED: dict[Any, dict[str, Any]] = {field: {"validators": [check_year]} for field in (DateField, DateTimeField)}


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
    # Models, whose rows go with that which they belong to, although nobody deletes them by themselves.
    parts: tuple[str, ...] = ()
    # Models, and which field of theirs refers to a row of these: they would go with it, and must not.
    kept: tuple[tuple[str, str], ...] = ()

    class Media:
        css: ClassVar = {"all": ["css/admin.css"]}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Rows

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        fixed = self.fixed_fields if obj else ()
        return [*super().get_readonly_fields(request, obj), *fixed]

    def get_form(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> type[ModelForm]:
        """What is fixed is looked at with the rest: Django leaves out a constraint that has a field which is not in the
        form, so that the second of a name within a conference would be an error of the database.
        """
        form = super().get_form(request, obj, **kwargs)
        return whole(form, self.fixed_fields) if obj and self.fixed_fields else form

    def get_deleted_objects(self, objs: Iterable[Model], request: HttpRequest) -> Any:
        """Rows that are in the way are counted. Django would read and list all of them, and there may be 10,000."""
        in_the_way = [
            f"{count} {model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural}"
            for model, field in self._in_the_way()
            if (count := model._base_manager.filter(**{f"{field}__in": objs}).count())
        ]
        if in_the_way:
            return [], {}, set(), in_the_way
        shown, counts, refused, protected = super().get_deleted_objects(objs, request)
        parts = {str(apps.get_model(label)._meta.verbose_name) for label in self.parts}
        return shown, counts, {name for name in refused if str(name) not in parts}, protected

    def _in_the_way(self) -> list[tuple[type[Model], str]]:
        related = self.opts.get_fields(include_hidden=True)
        fields = [
            one.field for one in related if isinstance(one, ManyToOneRel) and one.on_delete in {PROTECT, RESTRICT}
        ]
        return [(one.model, one.name) for one in fields] + [(apps.get_model(label), name) for label, name in self.kept]

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
            return
        obj.save(update_fields=changed_fields(obj, form))


class OfConference(Records):
    """Of one conference, like what can be chosen for it: field by field, what that is called there."""

    autocomplete_fields = ["conference"]
    fixed_fields = ("conference",)
    formfield_overrides = PLANNED
    choices: dict[str, str] = {}

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> type[ModelForm]:
        """A new row has no conference yet, so each choice says of which it is."""
        form = among_its_own(super().get_form(request, obj, **kwargs), self.choices)
        for name, accessor in self.choices.items():
            field = form.base_fields.get(name)
            if isinstance(field, ModelChoiceField):
                if obj:
                    field.queryset = getattr(obj.conference, accessor).all()
                else:
                    field.queryset = field.queryset.select_related("conference")
                    field.label_from_instance = lambda choice: f"{choice} @ {choice.conference}"
        return form

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("conference")


def whole(form: type[ModelForm], fixed: Iterable[str]) -> type[ModelForm]:
    """`form`, which looks at the `fixed` fields too."""

    class WholeForm(form):  # type: ignore[misc,valid-type]
        def _get_validation_exclusions(self) -> set[str]:
            return super()._get_validation_exclusions() - set(fixed)

    return WholeForm


def among_its_own(form: type[ModelForm], names: Iterable[str]) -> type[ModelForm]:
    """`form`, which refuses what is of another conference."""

    class OwnForm(form):  # type: ignore[misc,valid-type]
        def clean(self) -> Any:
            cleaned = super().clean() or self.cleaned_data
            conference = cleaned.get("conference") or getattr(self.instance, "conference_id", None)
            for name in names:
                chosen = cleaned.get(name) or []
                chosen = [chosen] if isinstance(chosen, Model) else chosen
                if conference and any(one.conference_id != getattr(conference, "pk", conference) for one in chosen):
                    self.add_error(name, ValidationError(_("This belongs to another conference.")))
            return cleaned

    return OwnForm


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
