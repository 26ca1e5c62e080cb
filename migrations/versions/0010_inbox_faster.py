"""the inbox: unread messages from an index, notes that name someone, the log by subject, logins by network"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index(
        "ix_message_heard",
        "message",
        ["conversation_id", "seq"],
        postgresql_where=sa.text("sender = 'shopper'"),
    )
    op.create_index("ix_note_mentions", "note", ["mentions"], postgresql_using="gin")
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject", "at"])
    op.add_column("read_mark", sa.Column("note", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("login_failure", sa.Column("place_hash", sa.String(), server_default="", nullable=False))
    op.create_table(
        "login_place",
        sa.Column("place_hash", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("place_hash", name=op.f("pk_login_place")),
    )


def downgrade() -> None:
    op.drop_table("login_place")
    op.drop_column("login_failure", "place_hash")
    op.drop_column("read_mark", "note")
    op.drop_index("ix_audit_entry_subject", table_name="audit_entry")
    op.drop_index("ix_note_mentions", table_name="note")
    op.drop_index("ix_message_heard", table_name="message")
