"""What staff fill in to bring a list, and what they say of its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import phonenumbers
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from businesses.sources.csv_file import FIELDS
from pipeline.errors import BadData
from territories.models import Territory

# What a column may be taken for, in the order of the menu.
FIELD_WORDS: Final = {
    "name": _("Name"),
    "lat": _("Latitude"),
    "lon": _("Longitude"),
    "category": _("Trade"),
    "phone": _("Phone"),
    "email": _("Mail address"),
    "website": _("Website"),
    "street": _("Street"),
    "housenumber": _("House number"),
    "postcode": _("Postcode"),
    "city": _("Town"),
    "region": _("Region"),
    "country": _("Country, two letters"),
    "opening_hours": _("Opening hours"),
    "facebook": _("Facebook"),
    "instagram": _("Instagram"),
    "brand": _("Chain"),
    "rating": _("Stars, 0 to 5"),
    "review_count": _("Number of reviews"),
    "status": _("Open or closed"),
    "id": _("Your own number for it"),
}
assert FIELD_WORDS.keys() == set(FIELDS)  # noqa: S101 -- a field without a word could not be chosen


class ListForm(forms.Form):
    """Bringing a list: what it is called, where its phone numbers are from, the file."""

    name = forms.CharField(
        label=_("Name of the list"), max_length=80, help_text=_("The territory is called like that.")
    )
    country = forms.CharField(
        label=_("Country"),
        required=False,
        max_length=2,
        help_text=_(
            "Two letters, such as DE or US: how phone numbers without a country are read. Empty: as the rows say."
        ),
    )
    file = forms.FileField(label=_("File"), help_text=_("A CSV; its first line names the columns."))

    def __init__(self, *args: Any, renewed: Territory | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"
        self.fields["file"].widget.attrs["accept"] = ".csv,.txt,.tsv,text/csv,text/plain"
        if renewed:
            del self.fields["name"], self.fields["country"]

    def clean_name(self) -> str:
        """Refuse the name of a territory that there is."""
        name: str = self.cleaned_data["name"]
        if Territory.objects.filter(name=name).exists():
            raise forms.ValidationError(
                gettext(
                    "There is already a territory of that name. Choose another name, or bring the newer version on "
                    "that territory's page."
                )
            )
        return name

    def clean_country(self) -> str:
        """Return the two letters of a country, or nothing."""
        country: str = self.cleaned_data["country"].upper()
        if country and country not in phonenumbers.SUPPORTED_REGIONS:
            raise forms.ValidationError(
                gettext("There is no such country. Write its two letters, such as DE.")
            )
        return country


@dataclass(frozen=True)
class Column:
    """One column of a file: its place, its name, its first values, what it is taken for ("" is nothing).

    `unread`: why it can be taken for nothing.
    """

    at: int
    header: str
    values: list[str]
    taken_for: str
    unread: str = ""


def columns_of(
    header: Sequence[str], rows: Sequence[Sequence[str]] = (), taken_for: Mapping[str, str] | None = None
) -> list[Column]:
    """The columns of a file beside what they are taken for; `taken_for` is the header to our field."""
    columns = []
    for at, name in enumerate(header):
        unread = ""
        if not name:
            unread = gettext("Not read: it has no name")
        elif name in header[:at]:
            unread = gettext("Not read: a column before it has the same name")
        values = [row[at] if at < len(row) else "" for row in rows]
        columns.append(Column(at, name, values, "" if unread else (taken_for or {}).get(name, ""), unread))
    return columns


def asked_for(header: Sequence[str], asked: Mapping[str, Any]) -> dict[str, str]:
    """The header to our field, as the menus of a page say."""
    said = {c.header: str(asked.get(f"column-{c.at}", "")) for c in columns_of(header) if not c.unread}
    return {name: field for name, field in said.items() if field in FIELD_WORDS}


def by_field(taken_for: Mapping[str, str]) -> dict[str, str]:
    """The same by our field. Raises BadData where two columns are taken for one thing."""
    said: dict[str, str] = {}
    for name, field in taken_for.items():
        if field in said:
            raise BadData(
                gettext("Two columns are taken for one thing (%(field)s): %(one)s and %(other)s. Choose one")
                % {"field": FIELD_WORDS[field], "one": said[field], "other": name}
            )
        said[field] = name
    return said
