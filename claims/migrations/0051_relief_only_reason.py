"""An installation that has its reasons already: the national code 06 (医疗救助补报销) pays relief alone."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("claims", "0050_paid_elsewhere")]

    operations = [
        migrations.RunSQL(
            "UPDATE claims_claimreason SET relief_only = true WHERE code = '06'", migrations.RunSQL.noop
        )
    ]
