"""A seat at a conference, who holds it, the code that opens the door, and what the holder told about themselves."""

from registration.attendee.access_code import generate_access_code
from registration.attendee.models import Attendee, AttendeeProfileBase, RetiredCode
from registration.attendee.profile import get_attendee_profile_model

__all__ = ["Attendee", "AttendeeProfileBase", "RetiredCode", "generate_access_code", "get_attendee_profile_model"]
