from django.urls import path

from registration.badge import views, views_labels

urlpatterns = [
    path("", views.badges, name="badges"),
    path("sheets/", views.sheets, name="badges-sheets"),
    path("preview/<int:pk>/<slug:badge_format>.svg", views.preview, name="badges-preview"),
    path("print/", views_labels.print_badge, name="badge-print"),
    path("labels/<uuid:request_id>/", views_labels.label, name="badge-label"),
    path("labels/<uuid:request_id>.svg", views_labels.image, name="badge-image"),
    path("sample/<slug:badge_format>.svg", views_labels.sample, name="badge-sample"),
]
