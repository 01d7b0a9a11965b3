"""The doors on which mail programs knock by the thousand: pictures and links (campaigns/doors.py)."""

from django.urls import path

from campaigns import views

urlpatterns = [
    path("o/<str:token>.gif", views.pixel, name="pixel"),
    path("r/<str:token>.gif", views.reading_mark, name="reading_mark"),
    path("c/<str:token>", views.click, name="click"),
]
