"""What the database holds, whatever table it is in: read from the tables themselves, indexes of search and the cache too."""

from __future__ import annotations

import re

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import BinaryField, CharField, FileField, JSONField, TextField

# What is published; codes, numbers and kinds; and who did what as staff, which stays (`test_erasure.py`).
_NOT_OF_ATTENDEES = """
account_emailconfirmation key
auth_group name
auth_permission codename name
conferences_conference accent address contact_email currency description desk_fields directions invoice_note invoice_prefix
 invoice_sender invoice_tax_id name payment_instructions profile_fields slug tagline timezone venue website_url
django_admin_log object_id
django_content_type app_label model
django_session session_data session_key
post_office_attachment file headers mimetype
post_office_email backend_alias bcc cc context from_email headers message_id
post_office_emailtemplate content description html_content language name subject
post_office_log exception_type
registration_addon description name slug
registration_announcement before
registration_attendee access_code imported_code imported_digest
registration_attendeeprofile access_code
registration_badgeprint code face_digest printed_by_name
registration_bankline digest
registration_cardpayment currency session_id url
registration_checkpoint name
registration_creditpayout external_id
registration_discount name
registration_eventreading page_after
registration_heldbatch decided_by_name sent_by_name
registration_heldscan code device_verdict place problem refusal scanned_by_name
registration_invoice currency name
registration_issue currency external_id key
registration_listchange code
registration_logo digest image small small_2x small_3x square
registration_mailattachment name
registration_mailtext kind subject text
registration_notice about kind
registration_order currency imported_reference reference
registration_orderevent kind
registration_orderline discount_text taxed_as text
registration_payment currency external_id recorded_by_name
registration_payout external_id
registration_refund currency
registration_retiredcode code
registration_retiredsecret digest
registration_scan code device_verdict entry_key scanned_by_name undone_by_name
registration_settlement reopened_by_name settled_by_name
registration_stripeevent event_id kind
registration_tablet kiosk_pin last_person name pairing_digest secret_digest
registration_tickettype description name slug
registration_toldplace address venue
registration_user password username
registration_voucher code
usersessions_usersession session_key
"""
# Of what may tell of somebody, what they are not handed out (`own_data.py`): what opens something or is made of the rest;
# what staff did or wrote about many; and what tells a second time of what is in another section.
_NOT_HANDED_OUT = """
django_admin_log change_message object_repr
mfa_authenticator data
post_office_attachment name
post_office_email html_message to
post_office_log message
registration_attendee search_email search_text
registration_discount emails
registration_heldbatch reason
registration_heldscan given
registration_mailattachment content
registration_mailing audience subject text
registration_voucher batch note
usersessions_usersession data
"""
# Which hold bytes of their own, where a word is in pieces: what is in them stands in a table that is read.
_PIECES = re.compile(r"_(data|idx|docsize|config|content)$")


def holding(*words: str) -> set[str]:
    """The columns, as `table.column`, in which one of `words` stands, in any letters; and `session` for what is in one."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if "_find" in table and _PIECES.search(table):
                continue
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            for row in cursor:
                found |= {f"{table}.{name}" for name, value in zip(names, row, strict=True) if _holds(value, words)}
    found |= {"session" for each in Session.objects.all() if _holds(each.get_decoded(), words)}
    return found


def _holds(value: object, words: tuple[str, ...]) -> bool:
    text = bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
    return any(word in text.casefold() for word in words)


def columns_of_attendees() -> set[str]:
    """Of all models, what may hold any text, without what is said above to be of nobody."""
    texts = CharField | TextField | JSONField | BinaryField | FileField
    others = _columns(_NOT_OF_ATTENDEES)
    found = {
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, texts) and not field.choices
    }
    assert others <= found, others - found
    return found - others


def not_handed_out() -> set[str]:
    return _columns(_NOT_HANDED_OUT)


def _columns(table: str) -> set[str]:
    lines = table.replace("\n ", " ").strip().splitlines()
    return {f"{name}.{column}" for name, *columns in map(str.split, lines) for column in columns}
