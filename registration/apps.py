from django.apps import AppConfig


class RegistrationConfig(AppConfig):
    name = "registration"
    verbose_name = "Registration"

    def ready(self) -> None:
        from registration.account import addresses
        from registration.attendee import claim, profile

        profile.get_attendee_profile_model()  # a wrong setting stops the start, not the first visitor
        addresses.connect()
        claim.connect()
