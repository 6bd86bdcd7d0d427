from django.urls import path

from registration.checkin import (
    views,
    views_conflicts,
    views_desk,
    views_device,
    views_kiosk,
    views_offline,
    views_quarantine,
    views_sync,
)

urlpatterns = [
    path("", views.checkin, name="checkin"),
    path("scan/", views.scan, name="checkin-scan"),
    path("search/", views.search, name="checkin-search"),
    path("undo/", views.undo, name="checkin-undo"),
    path("group/", views_desk.group, name="checkin-group"),
    path("pay/", views_desk.pay, name="checkin-pay"),
    path("walk-in/", views_desk.walk_in, name="checkin-walk-in"),
    path("count/", views.count, name="checkin-count"),
    path("roster/", views_sync.roster, name="checkin-roster"),
    path("sync/", views_sync.sync, name="checkin-sync"),
    path("token/", views_sync.token, name="checkin-token"),
    path("pair/<str:token>/", views_device.pair, name="checkin-pair"),
    path("kiosk/", views_kiosk.kiosk, name="checkin-kiosk"),
    path("alive/", views_kiosk.alive, name="checkin-alive"),
    path("conflicts/", views_conflicts.conflicts, name="checkin-conflicts"),
    path("conflicts/<uuid:scan_id>/", views_conflicts.conflict, name="checkin-conflict"),
    path("held/<uuid:pk>/", views_quarantine.held, name="checkin-held"),
    path("who/", views_device.who, name="checkin-who"),
    path("shell/", views_offline.shell, name="checkin-shell"),
    path("kiosk/shell/", views_offline.kiosk_shell, name="checkin-kiosk-shell"),
    path("worker.js", views_offline.worker, name="checkin-worker"),
]
