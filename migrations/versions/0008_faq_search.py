"""FAQ entries: drafts, dates, goods and pictures; their wordings for search; their history; what was asked"""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import BIT, HALFVEC
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

JSONB = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.add_column("faq", sa.Column("products", JSONB, server_default="[]", nullable=False))
    op.add_column("faq", sa.Column("extras", JSONB, server_default="{}", nullable=False))
    op.add_column("faq", sa.Column("draft", JSONB, nullable=True))
    op.add_column("faq", sa.Column("valid_from", sa.Date(), nullable=True))
    op.add_column("faq", sa.Column("valid_until", sa.Date(), nullable=True))
    _wordings()
    _history()
    _asked()


def _wordings() -> None:
    op.create_table(
        "faq_index",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("wordings", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_faq_index_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_faq_index")),
    )
    op.create_table(
        "faq_wording",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("faq_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("lexemes", postgresql.TSVECTOR(), nullable=False),
        sa.Column("topic", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("embedding", HALFVEC(384), nullable=True),
        sa.Column("bits", BIT(384), nullable=True),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_faq_wording_shop_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["faq_id"], ["faq.id"], name=op.f("fk_faq_wording_faq_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_wording")),
    )
    op.create_index("ix_faq_wording_text", "faq_wording", ["text"], postgresql_using="hash")
    op.create_index("ix_faq_wording_faq", "faq_wording", ["faq_id"])
    op.create_index("ix_faq_wording_lexemes", "faq_wording", ["lexemes"], postgresql_using="gin")
    op.create_index(
        "ix_faq_wording_near", "faq_wording", ["shop_id", "live"], postgresql_include=["id", "bits"]
    )
    op.create_index(
        "ix_faq_wording_pending", "faq_wording", ["id"], postgresql_where=sa.text("embedding IS NULL")
    )


def _history() -> None:
    op.create_table(
        "faq_change",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("faq_id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("before", JSONB, nullable=True),
        sa.Column("after", JSONB, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_faq_change_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_change")),
    )
    op.create_index("ix_faq_change_faq", "faq_change", ["shop_id", "faq_id", "id"])
    op.create_index("ix_faq_change_batch", "faq_change", ["batch"])


def _asked() -> None:
    op.create_table(
        "faq_asked",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("turn", sa.String(), nullable=False),
        sa.Column("clause", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("faq_id", sa.Integer(), nullable=True),
        sa.Column("embedding", HALFVEC(384), nullable=True),
        sa.Column("done", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_faq_asked_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_asked")),
        sa.UniqueConstraint("shop_id", "turn", "clause", name=op.f("uq_faq_asked_shop_id_turn_clause")),
    )
    op.create_index("ix_faq_asked_at", "faq_asked", ["shop_id", "at"])
    op.create_table(
        "faq_test",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("faq_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["faq_id"], ["faq.id"], name=op.f("fk_faq_test_faq_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_faq_test_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_test")),
        sa.UniqueConstraint("shop_id", "text", name=op.f("uq_faq_test_shop_id_text")),
    )


def downgrade() -> None:
    for table in ("faq_test", "faq_asked", "faq_change", "faq_wording", "faq_index"):
        op.drop_table(table)
    for column in ("products", "extras", "draft", "valid_from", "valid_until"):
        op.drop_column("faq", column)
