"""Access tokens, mailboxes and answers in place of WeChat and WeCom"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "access_token",
        _account(),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refreshing_until", sa.DateTime(timezone=True), nullable=True),
        *_of_account("access_token"),
    )
    op.create_table(
        "mailbox",
        _account(),
        sa.Column("cursor", sa.String(), server_default="", nullable=False),
        sa.Column(
            "salt", sa.String(), server_default=sa.text("left(md5(random()::text), 12)"), nullable=False
        ),
        sa.Column("ticket", sa.String(), server_default="", nullable=False),
        sa.Column("rung", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("emptied", sa.BigInteger(), server_default="0", nullable=False),
        _moment("looked_at"),
        _moment("created_at"),
        *_of_account("mailbox"),
    )
    op.create_table(
        "callback_answer",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("partly", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent", sa.Boolean(), server_default="false", nullable=False),
        _moment("at"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_callback_answer_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", "key", name=op.f("pk_callback_answer")),
    )


def _account() -> sa.Column[int]:
    return sa.Column("channel_account_id", sa.Integer(), nullable=False)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _of_account(table: str) -> tuple[sa.ForeignKeyConstraint, sa.PrimaryKeyConstraint]:
    return (
        sa.ForeignKeyConstraint(
            ["channel_account_id"],
            ["channel_account.id"],
            name=op.f(f"fk_{table}_channel_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("channel_account_id", name=op.f(f"pk_{table}")),
    )


def downgrade() -> None:
    for table in ("callback_answer", "mailbox", "access_token"):
        op.drop_table(table)
