from django.urls import path

from monitoring import views, views_costs, views_health, views_life, views_login, views_steering, views_tasks

app_name = "monitoring"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("dashboard/latest-failures/", views.failures, name="latest_failures"),
    path("dashboard/tasks/", views_tasks.tasks, name="tasks"),
    path("dashboard/tasks/failures/", views_tasks.failed, name="failures"),
    path("dashboard/tasks/failures/<slug:kind>/<slug:fingerprint>/", views_tasks.ask_retry, name="retry_ask"),
    path("dashboard/tasks/failures/<slug:kind>/<slug:fingerprint>/retry/", views_tasks.retry, name="retry"),
    path("dashboard/reports/", views.reports, name="reports"),
    path("dashboard/reports/<str:day>/", views.report, name="report"),
    path("dashboard/reports/<str:day>/mail/", views.report_mail, name="report_mail"),
    path("dashboard/outbox/", views.outbox, name="outbox"),
    path("dashboard/outbox/<str:name>/", views.outbox_mail, name="outbox_mail"),
    path("dashboard/outbox/<str:name>/html/", views.outbox_html, name="outbox_html"),
    path("dashboard/costs/", views_costs.costs, name="costs"),
    path("dashboard/businesses/<int:pk>/life/", views_life.life, name="life"),
    path("dashboard/steering/", views_steering.page, name="steering"),
    path("dashboard/steering/pause/", views_steering.ask_pause, name="steering_pause"),
    path("dashboard/steering/limits/<str:name>/", views_steering.limit, name="limit"),
    path("dashboard/steering/limits/<str:name>/change/", views_steering.change_limit, name="limit_change"),
    path("dashboard/steering/run/", views_steering.run_step, name="run_step"),
    path("dashboard/steering/letters/ask/", views_steering.ask_letters, name="letters_ask"),
    path("dashboard/steering/letters/", views_steering.settle_letters, name="letters"),
    path("dashboard/pause/", views_steering.pause, name="pause"),
    path("dashboard/resume/", views_steering.resume, name="resume"),
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
