from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from config import errors
from config.health import healthz

admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)
admin.site.site_header = admin.site.site_title = "Lanyard"

urlpatterns = [
    path("healthz/", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    # Not `allauth.urls`, which has a list of sessions that `registration.account` does better.
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("", include("conferences.urls")),
    path("", include("registration.urls")),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error
