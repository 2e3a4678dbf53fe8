"""Movements are append-only, and at commit no lot holds less than nothing in any store, whoever writes."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION movement_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'stock movements are append-only: add a correcting movement' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER movement_append_only BEFORE UPDATE OR DELETE ON logistics_stockmovement
    FOR EACH ROW EXECUTE FUNCTION movement_refuse_change();
CREATE TRIGGER movement_no_truncate BEFORE TRUNCATE ON logistics_stockmovement
    FOR EACH STATEMENT EXECUTE FUNCTION movement_refuse_change();

CREATE FUNCTION movement_check_stock() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held bigint;
BEGIN
    SELECT coalesce(sum(grams), 0) INTO held
        FROM logistics_stockmovement WHERE lot_id = NEW.lot_id AND mode = NEW.mode;
    IF held < 0 THEN
        RAISE EXCEPTION 'lot % would hold % g', NEW.lot_id, held USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER movement_stock_not_negative AFTER INSERT ON logistics_stockmovement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION movement_check_stock();
"""
BACKWARD = """
DROP TRIGGER movement_append_only ON logistics_stockmovement;
DROP TRIGGER movement_no_truncate ON logistics_stockmovement;
DROP TRIGGER movement_stock_not_negative ON logistics_stockmovement;
DROP FUNCTION movement_check_stock();
DROP FUNCTION movement_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("logistics", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
