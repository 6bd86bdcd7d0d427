import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
# Every page's code is loaded and every address known by its name before gunicorn forks, once for all its processes, and
# the first visitor of each does not wait for it.
_ = get_resolver().reverse_dict
