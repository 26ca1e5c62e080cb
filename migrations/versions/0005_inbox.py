"""inbox: translations, and the feed tells how a reply's sending goes on"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

CHANGES = """
CREATE FUNCTION karwan_delivery_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM karwan_change(c.shop_id, c.id, 'delivery', NEW.seq, jsonb_build_object('status', NEW.status))
    FROM conversation c WHERE c.id = NEW.conversation_id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed AFTER UPDATE OF status ON delivery FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION karwan_delivery_changed();
"""


def upgrade() -> None:
    op.create_table(
        "translation",
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_translation_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", "language", name=op.f("pk_translation")),
    )
    op.add_column("message", sa.Column("original", sa.String(), nullable=True))
    op.execute(CHANGES)


def downgrade() -> None:
    op.execute("DROP TRIGGER changed ON delivery; DROP FUNCTION karwan_delivery_changed;")
    op.drop_column("message", "original")
    op.drop_table("translation")
