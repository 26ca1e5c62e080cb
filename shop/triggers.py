"""What the database does by itself; a migration holds the same. For databases made from the models."""

from typing import Final

from sqlalchemy import DDL, Table, event

# Once a statement, however many products it writes; a change of stock or price is no change of names.
CATALOGUE_VERSION: Final = (
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


def install(product: Table) -> None:
    """Have the triggers made with the table."""
    for statement in CATALOGUE_VERSION:
        event.listen(product, "after_create", DDL(statement))  # type: ignore[no-untyped-call]
