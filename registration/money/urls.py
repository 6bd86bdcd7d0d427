from django.urls import path

from registration.money import views, views_bank, views_settings, views_staff

urlpatterns = [
    path("orders/<str:reference>/card/", views.order_card, name="order-card"),
    path("orders/<str:reference>/card/done/", views.order_card_done, name="order-card-done"),
    path("stripe/events/", views.stripe_events, name="stripe-events"),
    path("staff/<slug:slug>/money/", views_staff.money, name="money"),
    path("staff/<slug:slug>/money/bank/", views_bank.money_bank, name="money-bank"),
    path("staff/<slug:slug>/money/issues/<int:pk>/", views_staff.money_issue, name="money-issue"),
    path("staff/<slug:slug>/settings/payment/", views_settings.settings_payment, name="settings-payment"),
]
