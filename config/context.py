from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """`keeps_mails`: this local site has no mail server and shows its mails on a page of its own. `mails_wait`: it runs
    without the internet, and nobody gets one. `site_takes_cards`: there is a key for Stripe.
    """
    return {
        "keeps_mails": settings.KEEPS_MAILS,
        "mails_wait": settings.MAILS_WAIT,  # type: ignore[misc]
        "site_takes_cards": bool(settings.STRIPE_SECRET_KEY),  # type: ignore[misc]
    }
