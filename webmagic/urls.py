"""Every address of the product; rooms are named by string, so that the project imports none of them."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("businesses.urls")),
    path("", include("sites.urls")),
    path("", include("campaigns.urls")),
    path("", include("monitoring.urls")),
]
