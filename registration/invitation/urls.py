from django.urls import path

from registration.invitation import views, views_staff

# fmt: off
urlpatterns = [
    path("invitations/<str:token>/", views.invitation, name="invitation"),
    path("staff/<slug:slug>/invitations/", views_staff.invitations, name="invitations"),
    path("staff/<slug:slug>/invitations/<int:pk>/remind/", views_staff.invitation_remind, name="invitation-remind"),
    path("staff/<slug:slug>/invitations/<int:pk>/revoke/", views_staff.invitation_revoke, name="invitation-revoke"),
]
