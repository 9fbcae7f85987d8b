"""SQL that makes the database itself refuse what no service would do. Used in migrations (RunSQL).

The functions behind the triggers are made by casework's own migrations; those below only attach them, so a
case table needs one line per guard:

    migrations.RunSQL(guards.transition_guard_sql(CLAIM, "claims_claim"),
                      guards.drop_transition_guard_sql("claims_claim"))
    migrations.RunSQL(guards.append_only_sql("claims_ledgerentry"), guards.drop_append_only_sql("claims_ledgerentry"))
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from casework.workflow import Workflow

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,50}")
_MATTER = re.compile(r"[A-Za-z0-9_]{1,20}")


def append_only_sql(table: str) -> str:
    """Refuse UPDATE, DELETE and TRUNCATE on `table`: what was written there stays."""
    name = _identifier(table)
    return (
        f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE ON {name}"
        f" FOR EACH ROW EXECUTE FUNCTION casework_refuse_change();\n"
        f"CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {name}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION casework_refuse_change();"
    )


def drop_append_only_sql(table: str) -> str:
    """Undo `append_only_sql`."""
    name = _identifier(table)
    return (
        f"DROP TRIGGER IF EXISTS {name}_append_only ON {name};\n"
        f"DROP TRIGGER IF EXISTS {name}_no_truncate ON {name};"
    )


def no_delete_sql(table: str) -> str:
    """Refuse DELETE and TRUNCATE on `table`; its rows may change but not vanish."""
    name = _identifier(table)
    return (
        f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name}"
        f" FOR EACH ROW EXECUTE FUNCTION casework_refuse_change();\n"
        f"CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {name}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION casework_refuse_change();"
    )


def drop_no_delete_sql(table: str) -> str:
    """Undo `no_delete_sql`."""
    name = _identifier(table)
    return (
        f"DROP TRIGGER IF EXISTS {name}_no_delete ON {name};\n"
        f"DROP TRIGGER IF EXISTS {name}_no_truncate ON {name};"
    )


def transition_guard_sql(workflow: "Workflow | str", table: str) -> str:
    """Refuse a case row whose status changes in a way that no step of the workflow allows, and its deletion.

    The trigger reads the table of transitions, which is written from the workflow after each migration; a
    later step needs no new trigger. `workflow` may be its matter code, to keep a migration free of imports.
    """
    name = _identifier(table)
    matter = workflow if isinstance(workflow, str) else workflow.matter
    if not _MATTER.fullmatch(matter):
        raise ValueError(f"not a matter code: {matter!r}")
    return (
        f"CREATE TRIGGER {name}_transition BEFORE INSERT OR UPDATE OF status ON {name}"
        f" FOR EACH ROW EXECUTE FUNCTION casework_refuse_jump('{matter}');\n" + no_delete_sql(name)
    )


def drop_transition_guard_sql(table: str) -> str:
    """Undo `transition_guard_sql`."""
    name = _identifier(table)
    return f"DROP TRIGGER IF EXISTS {name}_transition ON {name};\n" + drop_no_delete_sql(name)


def _identifier(table: str) -> str:
    if not _IDENTIFIER.fullmatch(table):
        raise ValueError(f"not a table name: {table!r}")
    return table
