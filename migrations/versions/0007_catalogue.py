"""shop.catalogue_version, raised by the database when products come, go or are called something else"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

TRIGGERS = (
    """
    CREATE OR REPLACE FUNCTION raise_catalogue_version() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE shop SET catalogue_version = catalogue_version + 1
        WHERE id IN (SELECT shop_id FROM changed);
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION raise_catalogue_version_of_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE shop SET catalogue_version = catalogue_version + 1
        WHERE id IN (
            SELECT unnest(ARRAY[was.shop_id, is_now.shop_id])
            FROM before AS was JOIN after AS is_now USING (id)
            WHERE (was.shop_id, was.name, was.aliases)
                IS DISTINCT FROM (is_now.shop_id, is_now.name, is_now.aliases)
        );
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER product_added AFTER INSERT ON product REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION raise_catalogue_version()
    """,
    """
    CREATE TRIGGER product_removed AFTER DELETE ON product REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION raise_catalogue_version()
    """,
    """
    CREATE TRIGGER product_renamed AFTER UPDATE ON product REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION raise_catalogue_version_of_renamed()
    """,
)


def upgrade() -> None:
    op.add_column("shop", sa.Column("catalogue_version", sa.Integer(), server_default="0", nullable=False))
    for statement in TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    for trigger in ("product_added", "product_removed", "product_renamed"):
        op.execute(f"DROP TRIGGER {trigger} ON product")
    op.execute("DROP FUNCTION raise_catalogue_version")
    op.execute("DROP FUNCTION raise_catalogue_version_of_renamed")
    op.drop_column("shop", "catalogue_version")
