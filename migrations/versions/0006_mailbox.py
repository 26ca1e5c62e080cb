"""When a mailbox is looked into again"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("mailbox", sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
    op.alter_column("mailbox", "looked_at", new_column_name="again_at")


def downgrade() -> None:
    op.alter_column("mailbox", "again_at", new_column_name="looked_at")
    op.drop_column("mailbox", "failures")
