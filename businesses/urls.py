from django.urls import path

from businesses import views, views_lists

app_name = "businesses"
urlpatterns = [
    path("dashboard/leads/", views.lead_list, name="leads"),
    path("dashboard/leads/export/", views.export, name="export"),
    path("dashboard/leads/review/", views.review_queue, name="review"),
    path("dashboard/leads/lists/", views_lists.bring, name="list_bring"),
    path("dashboard/leads/lists/<int:pk>/", views_lists.columns, name="list_columns"),
    path("dashboard/leads/lists/renew/<int:pk>/", views_lists.bring, name="list_renew"),
    path("dashboard/leads/lists/refused/<int:pk>/", views_lists.refused, name="list_refused"),
    path("dashboard/leads/<int:pk>/", views.lead, name="lead"),
    path("dashboard/leads/<int:pk>/decide/", views.decide, name="decide"),
    path("dashboard/leads/<int:pk>/overrule/", views.overrule, name="overrule"),
    path("dashboard/leads/<int:pk>/look-again/", views.look_again, name="look_again"),
    path("dashboard/leads/<int:pk>/merge/", views.merge, name="merge"),
    path("dashboard/leads/<int:pk>/part/", views.part, name="part"),
    path("dashboard/leads/<int:pk>/undo/", views.undo, name="undo"),
]
