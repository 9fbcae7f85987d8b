"""Batches and exports stay on record: the database refuses to delete them."""
from django.db import migrations

from casework import guards

TABLES = ["enrollment_bulkbatch", "enrollment_bulkexport"]


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0030_bulk"), ("casework", "0002_guards")]

    operations = [migrations.RunSQL(guards.no_delete_sql(table), guards.drop_no_delete_sql(table)) for table in TABLES]
