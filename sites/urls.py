from django.urls import path

from sites import views

app_name = "sites"
urlpatterns = [
    path("s/<slug:slug>", views.add_slash),
    path("s/<slug:slug>/", views.serve_site, name="site"),
    path("s/<slug:slug>/<path:path>", views.serve_site, name="file"),
]
