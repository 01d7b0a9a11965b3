from django.urls import path

from campaigns import (
    views,
    views_campaigns,
    views_desk,
    views_inbox,
    views_mailboxes,
    views_privacy,
    views_webhooks,
)

app_name = "campaigns"
urlpatterns = [
    path("u/<str:token>", views.unsubscribe, name="unsubscribe"),
    path("claim/<str:token>/", views.claim, name="claim"),
    path("claim/<str:token>/remove/", views.remove, name="remove"),
    path("webhooks/mail/<slug:provider>/", views_webhooks.receive, name="mail_webhook"),
    path("dashboard/approvals/", views_desk.desk, name="desk"),
    path("dashboard/approvals/<int:pk>/decide/", views_desk.decide, name="desk_decide"),
    path("dashboard/approvals/<int:pk>/edit/", views_desk.edit, name="desk_edit"),
    path("dashboard/approvals/<int:pk>/undo/", views_desk.undo, name="desk_undo"),
    path("dashboard/mails/<int:pk>/", views_desk.letter, name="letter"),
    path("dashboard/mailboxes/", views_mailboxes.mailbox_list, name="mailboxes"),
    path("dashboard/mailboxes/add/", views_mailboxes.add, name="mailbox_add"),
    path("dashboard/mailboxes/<int:pk>/act/", views_mailboxes.act, name="mailbox_act"),
    path("dashboard/campaigns/", views_campaigns.campaign_list, name="campaigns"),
    path("dashboard/campaigns/<int:pk>/", views_campaigns.campaign, name="campaign"),
    path("dashboard/campaigns/<int:pk>/act/", views_campaigns.act, name="campaign_act"),
    path("dashboard/leads/<int:pk>/data/", views_privacy.privacy, name="privacy"),
    path("dashboard/leads/<int:pk>/data/export/", views_privacy.export, name="export"),
    path("dashboard/leads/<int:pk>/data/erase/", views_privacy.erase, name="erase"),
    path("dashboard/noes/", views_privacy.import_list, name="suppression_list"),
    path("dashboard/inbox/", views_inbox.inbox_list, name="inbox"),
    path("dashboard/inbox/<int:pk>/", views_inbox.inbox_mail, name="inbox_mail"),
    path("dashboard/inbox/<int:pk>/act/", views_inbox.act, name="inbox_act"),
]
