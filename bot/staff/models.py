"""Who works for a shop, how they prove it, and what they did."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shop.database import Base, CreatedAt


class Role(StrEnum):
    """What a member of staff is in one shop. What each may do stands in bot.staff.access alone."""

    owner = "owner"  # manages the shop: staff, settings, and all that an agent does
    agent = "agent"  # answers shoppers


class Staff(Base):
    """A person who can log in. What they may see comes from their memberships."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)  # lower case
    name: Mapped[str]  # shown to colleagues and to shoppers
    password_hash: Mapped[str]  # argon2id
    must_change_password: Mapped[bool] = mapped_column(default=False)  # an owner has set it
    totp_secret: Mapped[str | None]  # sealed (bot.staff.totp); counts once `totp_since` is set
    totp_since: Mapped[datetime | None]
    totp_step: Mapped[int] = mapped_column(BigInteger, default=0)  # of the last code used: none works twice
    language: Mapped[str] = mapped_column(default="zh")  # of the pages: zh, ug or en
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class Membership(Base):
    """That someone works for a shop."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("staff_id", "shop_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role]
    languages: Mapped[list[str]] = mapped_column(default=lambda: ["zh", "ug"])  # they can answer in
    capacity: Mapped[int] = mapped_column(default=8)  # conversations at once that are assigned to them
    available: Mapped[bool] = mapped_column(default=False)  # takes conversations; False: away
    seen_at: Mapped[datetime | None]  # last sign of life from their inbox
    last_given: Mapped[datetime | None]  # when a conversation was last assigned to them


class StaffSession(Base):
    """A login. Only hashes of tokens are kept; a page's token is changed now and then."""

    __tablename__ = "staff_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    former_hash: Mapped[str | None] = mapped_column(unique=True)  # requests under way at a change have it
    csrf: Mapped[str]
    created_at: Mapped[CreatedAt]
    rotated_at: Mapped[CreatedAt]
    seen_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]


class LoginFailure(Base):
    """A wrong try to log in, counted by address whether or not it has an account, and by the network it
    came from."""

    __tablename__ = "login_failure"
    __table_args__ = (Index("ix_login_failure_email_at", "email_hash", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email_hash: Mapped[str]
    place_hash: Mapped[str] = mapped_column(server_default="")  # of address and network together
    at: Mapped[CreatedAt]


class LoginPlace(Base):
    """That someone has logged in from a network: strangers' wrong tries from elsewhere do not lock it."""

    __tablename__ = "login_place"

    place_hash: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[CreatedAt]


class AuditEntry(Base):
    """Who saw or did what. Never changed, and no shopper's words in it."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_shop", "shop_id", "id"),
        Index("ix_audit_entry_subject", "subject", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    shop_id: Mapped[int | None] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    action: Mapped[str]  # login, claim, unmask, reset_password …
    subject: Mapped[str] = mapped_column(default="")  # "conversation 5f0c…", "staff 3", …
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[CreatedAt]
