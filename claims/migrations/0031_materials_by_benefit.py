"""The cost list was asked for with every claim while only stays could be claimed; other benefits ask for their own."""

from django.db import migrations

NARROW = """
UPDATE claims_materialrequirement SET benefit = 'inpatient'
 WHERE kind = '3' AND reason_id IS NULL AND benefit = '' AND condition = '' AND rule = 'BZ-RES-17.1'
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0030_benefits_by_hand")]

    operations = [migrations.RunSQL(NARROW, migrations.RunSQL.noop)]
