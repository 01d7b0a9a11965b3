from django.urls import path

from campaigns import views, views_inbox, views_webhooks

app_name = "campaigns"
urlpatterns = [
    path("o/<str:token>.gif", views.pixel, name="pixel"),
    path("r/<str:token>.gif", views.reading_mark, name="reading_mark"),
    path("c/<str:token>", views.click, name="click"),
    path("u/<str:token>", views.unsubscribe, name="unsubscribe"),
    path("claim/<str:token>/", views.claim, name="claim"),
    path("claim/<str:token>/remove/", views.remove, name="remove"),
    path("webhooks/mail/<slug:provider>/", views_webhooks.receive, name="mail_webhook"),
    path("dashboard/inbox/", views_inbox.inbox_list, name="inbox"),
    path("dashboard/inbox/<int:pk>/", views_inbox.inbox_mail, name="inbox_mail"),
    path("dashboard/inbox/<int:pk>/act/", views_inbox.act, name="inbox_act"),
]
