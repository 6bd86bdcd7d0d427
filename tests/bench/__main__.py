import os

import django

from tests import environment  # before Django reads its settings

environment.MEASURES = True
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

from tests.bench.run import main  # noqa: E402

main()
