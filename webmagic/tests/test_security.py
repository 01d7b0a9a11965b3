from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils.csp import build_policy

from webmagic.security import PERMISSIONS_POLICY
from webmagic.tests.urls import OWN_POLICY

pytestmark = pytest.mark.urls("webmagic.tests.urls")
HEADER = "Content-Security-Policy"
POLICY: Any = settings.SECURE_CSP


def directives(header: str) -> dict[str, list[str]]:
    parts = [part.split() for part in header.split("; ")]
    return {name: values for name, *values in parts}


@pytest.mark.parametrize("address", ["/plain/", "/adminish/", "/no-such-page/"])
def test_policy_is_strict_outside_the_admin(client: Client, address: str) -> None:
    header = client.get(address).headers[HEADER]
    assert header == build_policy(POLICY)
    assert "unsafe" not in header
    policy = directives(header)
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]


@pytest.mark.django_db
def test_policy_of_the_admin_adds_only_what_its_skin_needs(client: Client) -> None:
    strict = directives(build_policy(POLICY))
    admin = directives(client.get("/admin/login/").headers[HEADER])
    changed = {name for name in admin if admin[name] != strict[name]}
    assert changed == {"script-src", "style-src", "frame-ancestors"}
    assert admin["script-src"] == ["'self'", "'unsafe-eval'"]
    assert admin["style-src"] == ["'self'", "'unsafe-inline'"]
    assert admin["frame-ancestors"] == ["'self'"]


def test_policy_of_the_admin_carries_the_nonce_a_page_used(client: Client) -> None:
    response = client.get("/admin/nonce/")
    assert f"'nonce-{response.text}'" in directives(response.headers[HEADER])["script-src"]


@pytest.mark.parametrize("address", ["/own/", "/admin/own/"])
def test_policy_that_a_response_brings_is_left_alone(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.headers[HEADER] == OWN_POLICY
    assert response.headers["Permissions-Policy"] == "camera=(self)"


def test_permissions_policy_denies_every_feature(client: Client) -> None:
    header = client.get("/plain/").headers["Permissions-Policy"]
    assert header == PERMISSIONS_POLICY
    assert all(part.endswith("=()") for part in header.split(", "))


@pytest.mark.django_db
def test_login_leads_to_the_overview(client: Client) -> None:
    User.objects.create_superuser("owner", "owner@agency.example", "a-long-password")
    response = client.post("/admin/login/", {"username": "owner", "password": "a-long-password"})
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert client.get("/admin/").status_code == 200
