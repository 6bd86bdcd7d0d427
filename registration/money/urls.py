from django.urls import path

from registration.money import views

urlpatterns = [
    path("orders/<str:reference>/card/", views.order_card, name="order-card"),
    path("orders/<str:reference>/card/done/", views.order_card_done, name="order-card-done"),
    path("stripe/events/", views.stripe_events, name="stripe-events"),
]
