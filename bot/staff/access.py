"""Who asks, and what their role allows. THE place where roles are checked: `Who.must` and nothing else.

Routes for staff take their `Who` from `bot.api.asking.may(Right.…)`, which calls it; a test walks them all.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.staff.errors import NotAllowed
from bot.staff.models import Role


class Right(StrEnum):
    """What can be allowed."""

    self = "self"  # one's own account: everyone who is logged in
    read = "read"  # conversations, orders and FAQs of the shop; personal data masked
    answer = "answer"  # take, answer, pass on and close conversations; act on their orders
    unmask = "unmask"  # see personal data, which is logged
    assign = "assign"  # decide for a colleague: take from them, send them away
    edit_faqs = "edit_faqs"  # change what the bot answers
    orders = "orders"  # orders and parcels as they come in, whole; all that a program's key opens
    manage = "manage"  # settings, channels, staff, keys, the log


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.owner: frozenset(Right),
    Role.agent: frozenset((Right.self, Right.read, Right.answer, Right.unmask)),
}


@dataclass(frozen=True)
class Who:
    """A member of staff at work in one shop, or a program with a key of that shop."""

    staff_id: int  # 0: a program
    name: str
    email: str
    language: str  # of the pages: zh, ug, en
    shop_id: int
    shop: str  # slug
    role: Role
    session_id: int
    csrf: str
    must_change_password: bool = False
    key_id: int | None = None  # of a program

    def may(self, right: Right) -> bool:
        if self.key_id is not None:
            return right is Right.orders
        return right in RIGHTS[self.role]

    def must(self, right: Right) -> None:
        """Raises NotAllowed."""
        if not self.may(right) or (self.must_change_password and right is not Right.self):
            raise NotAllowed
