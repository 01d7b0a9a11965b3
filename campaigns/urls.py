from django.urls import path

from campaigns import views

app_name = "campaigns"
urlpatterns = [
    path("o/<str:token>.gif", views.pixel, name="pixel"),
    path("c/<str:token>", views.click, name="click"),
    path("u/<str:token>", views.unsubscribe, name="unsubscribe"),
    path("claim/<str:token>/", views.claim, name="claim"),
    path("claim/<str:token>/remove/", views.remove, name="remove"),
]
