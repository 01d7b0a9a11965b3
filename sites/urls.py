from django.urls import path

from sites import views, views_edit, views_staff

app_name = "sites"
urlpatterns = [
    path("s/<slug:slug>", views.add_slash),
    path("s/<slug:slug>/", views.serve_site, name="site"),
    path("s/<slug:slug>/<path:path>", views.serve_site, name="file"),
    path("dashboard/sites/", views_staff.gallery, name="gallery"),
    path("dashboard/sites/<slug:slug>/", views_staff.site, name="staff_site"),
    path("dashboard/sites/<slug:slug>/compare/", views_staff.compare, name="compare"),
    path("dashboard/sites/<slug:slug>/export/", views_staff.export, name="export"),
    path("dashboard/sites/<slug:slug>/edit/", views_edit.edit, name="edit"),
    path("dashboard/sites/<slug:slug>/draft/", views_edit.draft, name="draft"),
    path("dashboard/sites/<slug:slug>/told/", views_edit.told, name="told"),
    path("dashboard/sites/<slug:slug>/looks/", views_edit.looks, name="looks"),
    path("dashboard/sites/<slug:slug>/looks/<str:name>/", views_edit.look_preview, name="look"),
    path(
        "dashboard/sites/<slug:slug>/looks/<str:name>/<path:path>", views_edit.look_preview, name="look_file"
    ),
    path("dashboard/sites/<slug:slug>/thumbnails/<int:number>.png", views_staff.thumbnail, name="thumbnail"),
    path("dashboard/sites/<slug:slug>/act/", views_staff.act, name="act"),
    path("dashboard/sites/<slug:slug>/versions/<int:number>/", views_staff.preview, name="preview"),
    path(
        "dashboard/sites/<slug:slug>/versions/<int:number>/<path:path>",
        views_staff.preview,
        name="preview_file",
    ),
]
