from django.db import migrations, models


def group(apps, schema_editor):
    """Until now every field had an origin of its own: {field: origin}."""
    _rewrite(apps, dict, _by_origin)


def ungroup(apps, schema_editor):
    _rewrite(apps, list, _by_field)


def _rewrite(apps, old_shape, change):
    Business = apps.get_model("businesses", "Business")
    rows = []
    for business in Business.objects.only("pk", "provenance").order_by("pk").iterator(chunk_size=1000):
        if isinstance(business.provenance, old_shape):
            business.provenance = change(business.provenance)
            rows.append(business)
        if len(rows) == 1000:
            Business.objects.bulk_update(rows, ["provenance"])
            rows = []
    Business.objects.bulk_update(rows, ["provenance"])


def _by_origin(origins):
    kept = []
    for field, origin in origins.items():
        for known, fields in kept:
            if known == origin:
                fields.append(field)
                break
        else:
            kept.append((origin, [field]))
    return [{**origin, "fields": fields} for origin, fields in kept]


def _by_field(kept):
    return {
        field: {name: value for name, value in each.items() if name != "fields"} for each in kept for field in each["fields"]
    }


class Migration(migrations.Migration):
    dependencies = [("businesses", "0004_fill_records")]

    operations = [
        migrations.AlterField(
            model_name="business",
            name="provenance",
            field=models.JSONField(
                default=list,
                help_text="Each origin once: source, licence, time, and the fields that are from there.",
            ),
        ),
        migrations.RunPython(group, ungroup),
    ]
