"""A payment and a recovery lie where the case lies that they belong to: the database refuses another territory."""

from django.db import migrations

TERRITORY = r"""
CREATE FUNCTION claims_check_territory() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.region_code IS DISTINCT FROM coalesce(
        (SELECT region_code FROM claims_claim WHERE id = NEW.claim_id),
        (SELECT region_code FROM maternity_maternitycase WHERE id = NEW.maternity_case_id))
    THEN
        RAISE EXCEPTION 'row of % lies in another territory than its case', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'territory_of_the_case';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER claims_payment_territory BEFORE INSERT ON claims_payment
    FOR EACH ROW EXECUTE FUNCTION claims_check_territory();
CREATE TRIGGER claims_adjustment_territory BEFORE INSERT ON claims_adjustment
    FOR EACH ROW EXECUTE FUNCTION claims_check_territory();
"""

DROP = r"""
DROP TRIGGER claims_adjustment_territory ON claims_adjustment;
DROP TRIGGER claims_payment_territory ON claims_payment;
DROP FUNCTION claims_check_territory();
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0040_maternity_payments")]

    operations = [migrations.RunSQL(TERRITORY, DROP)]
