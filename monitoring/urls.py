from django.urls import path

from monitoring import views, views_health, views_login

app_name = "monitoring"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("dashboard/tasks/", views.tasks, name="tasks"),
    path("dashboard/reports/", views.reports, name="reports"),
    path("dashboard/reports/<str:day>/", views.report, name="report"),
    path("dashboard/reports/<str:day>/mail/", views.report_mail, name="report_mail"),
    path("dashboard/outbox/", views.outbox, name="outbox"),
    path("dashboard/outbox/<str:name>/", views.outbox_mail, name="outbox_mail"),
    path("dashboard/outbox/<str:name>/html/", views.outbox_html, name="outbox_html"),
    path("dashboard/pause/", views.pause, name="pause"),
    path("dashboard/resume/", views.resume, name="resume"),
    path("login/code/", views_login.code, name="code"),
    path("login/second-factor/", views_login.second_factor, name="second_factor"),
    path("login/second-factor/begin/", views_login.begin, name="second_factor_begin"),
    path("login/second-factor/confirm/", views_login.confirm, name="second_factor_confirm"),
    path("login/second-factor/backup-codes/", views_login.backup_codes, name="second_factor_backup"),
    path("login/second-factor/off/", views_login.turn_off, name="second_factor_off"),
    path("healthz", views_health.healthz, name="healthz"),
    path("readyz", views_health.readyz, name="readyz"),
    path("metrics", views_health.metrics, name="metrics"),
]
