"""What staff may do: three groups of rights, kept as this table says. Other groups are the agency's own and stay."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

ROOMS: Final = ("territories", "businesses", "websites", "campaigns", "customers", "monitoring", "pipeline")


@dataclass(frozen=True)
class Role:
    """`verbs`: view, add, change, delete, on every record of the rooms but `without` (model names); `also`: further
    rights, as app.codename."""

    name: str
    verbs: tuple[str, ...]
    without: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


# Beyond the operator: who may log in, what a country allows, from which boxes we write, and how much at most.
_OWNERS: Final = ("countryrule", "senderdomain", "mailbox", "legalbasis")

ROLES: Final = (
    Role("Viewer", ("view",)),
    Role(
        "Operator",
        ("view", "add", "change"),
        without=(*_OWNERS, "limitchange"),
        also=(*(f"campaigns.view_{name}" for name in _OWNERS), "pipeline.view_limitchange"),
    ),
    Role(
        "Admin",
        ("view", "add", "change", "delete"),
        also=(
            "auth.view_user", "auth.add_user", "auth.change_user", "auth.view_group",
            "axes.view_accessattempt", "axes.delete_accessattempt", "axes.view_accesslog",
        ),
    ),
)  # fmt: skip


def sync_roles() -> list[str]:
    """Give the three groups the rights of the table; returns the names of those that were changed.

    Call it after `migrate`: the rights are rows that migrations make.
    """
    changed = []
    for role in ROLES:
        group, _ = Group.objects.get_or_create(name=role.name)
        wanted = {permission.pk for permission in _permissions(role)}
        if wanted != set(group.permissions.values_list("pk", flat=True)):
            group.permissions.set(wanted)
            changed.append(role.name)
    return changed


def _permissions(role: Role) -> Iterator[Permission]:
    of_verbs = Q()
    for verb in role.verbs:
        of_verbs |= Q(codename__startswith=f"{verb}_")
    rooms = Permission.objects.filter(of_verbs, content_type__app_label__in=ROOMS)
    yield from rooms.exclude(content_type__model__in=role.without)
    for right in role.also:
        app, _, codename = right.partition(".")
        yield Permission.objects.get(content_type__app_label=app, codename=codename)
