"""In a migration of its own: PostgreSQL changes no table in the transaction that has just changed its rows."""

from django.db import migrations

from businesses.matching import block_of, name_key_of, own_domain

# The columns of a business that its one record had told, as SourceRecord.listing keeps them now.
_TOLD = (
    "name", "lat", "lon", "category", "raw_categories", "street", "housenumber", "postcode", "city", "region",
    "country", "phone_raw", "websites", "socials", "opening_hours", "operating_status", "brand", "brand_wikidata",
)


def fill(apps, schema_editor):
    """Until now every business had one record: what it told is what the business says."""
    Business = apps.get_model("businesses", "Business")
    SourceRecord = apps.get_model("businesses", "SourceRecord")
    for business in Business.objects.filter(block="").iterator(chunk_size=1000):
        business.name_key = name_key_of(business.name)
        business.block = block_of(business.lat, business.lon)
        business.phones = [business.phone] if business.phone else []
        business.emails = [business.email] if business.email else []
        business.website_domain = own_domain(business.websites)
        business.save(update_fields=["name_key", "block", "phones", "emails", "website_domain"])
        told = {name: getattr(business, name) for name in _TOLD}
        told |= {"phones": business.phones, "emails": business.emails}
        if told["operating_status"] == "unknown":
            del told["operating_status"]
        listing = {name: value for name, value in told.items() if value or name in ("name", "lat", "lon")}
        SourceRecord.objects.filter(business=business).update(listing=listing, grid=business.grid_id)


class Migration(migrations.Migration):
    dependencies = [("businesses", "0003_records")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
