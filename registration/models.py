"""Imports the models of every room, so that Django finds them; nothing else."""

from registration.account.models import User
from registration.attendee.models import Attendee, AttendeeProfile, AttendeeProfileBase, RetiredCode
from registration.badge.models import BadgePrint
from registration.catalogue.models import AddOn, Discount, TicketType, Voucher
from registration.changes.models import LostTicketRequest
from registration.checkin.models import Checkpoint, RetiredSecret, Scan, Tablet
from registration.checkin.models_conflicts import Settlement
from registration.checkin.models_quarantine import HeldBatch, HeldScan
from registration.checkin.models_sync import ListChange
from registration.invitation.models import Invitation
from registration.logo.models import Logo
from registration.mail.models import MailAttachment, MailText
from registration.money.models import BankLine, CardPayment, EventReading, Issue, StripeEvent
from registration.notices.models import Announcement, Mailing, Notice, ToldPlace
from registration.order.models import Order, OrderEvent, OrderLine
from registration.order.models_credit import Credit, CreditPayout
from registration.order.models_invoice import Invoice, InvoiceCounter
from registration.order.models_money import Payment, Payout, Refund, RefundLine
from registration.waiting.models import WaitingEntry

__all__ = [
    "AddOn",
    "Announcement",
    "Attendee",
    "AttendeeProfile",
    "AttendeeProfileBase",
    "BadgePrint",
    "BankLine",
    "CardPayment",
    "Checkpoint",
    "Credit",
    "CreditPayout",
    "Discount",
    "EventReading",
    "HeldBatch",
    "HeldScan",
    "Invitation",
    "Invoice",
    "InvoiceCounter",
    "Issue",
    "ListChange",
    "Logo",
    "LostTicketRequest",
    "MailAttachment",
    "MailText",
    "Mailing",
    "Notice",
    "Order",
    "OrderEvent",
    "OrderLine",
    "Payment",
    "Payout",
    "Refund",
    "RefundLine",
    "RetiredCode",
    "RetiredSecret",
    "Scan",
    "Settlement",
    "StripeEvent",
    "Tablet",
    "TicketType",
    "ToldPlace",
    "User",
    "Voucher",
    "WaitingEntry",
]
