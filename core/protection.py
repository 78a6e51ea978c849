"""Protection: does the database itself keep tenants apart? Checked at need, trusted never."""

from sqlalchemy import text
from sqlmodel import Session

from core.database import ROLES

LOOSE_TABLES = text("""
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
WHERE c.relkind IN ('r', 'p') AND n.nspname LIKE 'soriano%' AND has_table_privilege('ait_app', c.oid, 'SELECT')
AND NOT (c.relrowsecurity AND c.relforcerowsecurity
         AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND NOT p.polpermissive))
ORDER BY 1
""")
MIGHTY_ROLES = text("SELECT rolname FROM pg_roles WHERE rolname = ANY(:roles) AND (rolsuper OR rolbypassrls)")


def gaps(session: Session) -> list[str]:
    """Tables that the application reads without a tenant's wall, and logins that could pass it."""
    connection = session.connection()
    tables = connection.execute(LOOSE_TABLES).scalars().all()
    roles = connection.execute(MIGHTY_ROLES, {"roles": list(ROLES)}).scalars().all()
    return [*tables, *roles]
