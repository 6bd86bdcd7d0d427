from django.apps import AppConfig


class RegistrationConfig(AppConfig):
    name = "registration"
    verbose_name = "Registration"

    def ready(self) -> None:
        from conferences import questions
        from registration.account import addresses
        from registration.attendee import claim, profile

        profile.get_attendee_profile_model()  # a wrong setting stops the start, not the first visitor
        questions.set_source(profile.questions)
        addresses.connect()
        claim.connect()
