from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """`keeps_mails`: this local site has no mail server and shows its mails on a page of its own. `site_takes_cards`:
    there is a key for Stripe.
    """
    return {"keeps_mails": settings.KEEPS_MAILS, "site_takes_cards": bool(settings.STRIPE_SECRET_KEY)}  # type: ignore[misc]
