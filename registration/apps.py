from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RegistrationConfig(AppConfig):
    name = "registration"
    verbose_name = "Registration"

    def ready(self) -> None:
        from conferences import questions
        from registration.account import addresses, second_step
        from registration.attendee import claim, profile, search_index
        from registration.checkin import list_changes
        from registration.mail import message
        from registration.ticket import mail_files

        profile.get_attendee_profile_model()  # a wrong setting stops the start, not the first visitor
        questions.set_source(profile.questions)
        message.MAKERS.update(mail_files.MAKERS)
        addresses.connect()
        second_step.connect()
        claim.connect()
        post_migrate.connect(search_index.ensure_search_index, sender=self, dispatch_uid="search_index")
        post_migrate.connect(list_changes.ensure_triggers, sender=self, dispatch_uid="list_changes")
