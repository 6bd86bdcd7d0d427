"""E-mail addresses, as long as there is room for."""

from django.core.validators import MaxLengthValidator, validate_email

# Of every column for one (RFC 5321).
MAX_ADDRESS = 254


def check_address(text: str) -> None:
    """Raises ValidationError for what is no e-mail address, or fits no column of ours, which Django's validator lets pass."""
    validate_email(text)
    MaxLengthValidator(MAX_ADDRESS)(text)
