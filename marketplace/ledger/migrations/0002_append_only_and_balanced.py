"""
The database keeps the books honest, whoever writes: postings and transactions are append-only, and at commit every
transaction has at least two legs that sum to zero.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger rows are append-only: book a reversing transaction' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER posting_append_only BEFORE UPDATE OR DELETE ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER posting_no_truncate BEFORE TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledgertransaction_append_only BEFORE UPDATE OR DELETE ON ledger_ledgertransaction
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledgertransaction_no_truncate BEFORE TRUNCATE ON ledger_ledgertransaction
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

CREATE FUNCTION ledger_check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    checked_id bigint;
    legs bigint;
    total numeric;
BEGIN
    IF TG_TABLE_NAME = 'ledger_posting' THEN checked_id := NEW.transaction_id; ELSE checked_id := NEW.id; END IF;
    SELECT count(*), coalesce(sum(amount_fen), 0) INTO legs, total
        FROM ledger_posting WHERE transaction_id = checked_id;
    IF legs < 2 OR total <> 0 THEN
        RAISE EXCEPTION 'ledger transaction % has % legs summing to %', checked_id, legs, total
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER posting_balances AFTER INSERT ON ledger_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_balance();
CREATE CONSTRAINT TRIGGER ledgertransaction_balances AFTER INSERT ON ledger_ledgertransaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_balance();
"""
BACKWARD = """
DROP TRIGGER posting_append_only ON ledger_posting;
DROP TRIGGER posting_no_truncate ON ledger_posting;
DROP TRIGGER ledgertransaction_append_only ON ledger_ledgertransaction;
DROP TRIGGER ledgertransaction_no_truncate ON ledger_ledgertransaction;
DROP TRIGGER posting_balances ON ledger_posting;
DROP TRIGGER ledgertransaction_balances ON ledger_ledgertransaction;
DROP FUNCTION ledger_check_balance();
DROP FUNCTION ledger_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
