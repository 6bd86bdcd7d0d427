import os

import django

import tests.environment  # noqa: F401 -- before Django reads its settings

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

from tests.bench.run import main  # noqa: E402

main()
