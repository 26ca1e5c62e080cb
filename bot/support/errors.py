"""What can go wrong with a conversation that people work on; hangs under bot.staff.errors.StaffError.

StaffError
└── Conflict            it is not as the asker believes: nothing was done
    ├── Taken           a colleague has the conversation
    ├── Moved           it went on meanwhile (another epoch, or a state this move does not start from)
    └── Outdated        the shopper has written since the asker last looked
"""

from bot.staff.errors import StaffError


class Conflict(StaffError):
    status = 409


class Taken(Conflict):
    code = "taken"

    def __init__(self, owner: str) -> None:
        super().__init__(f"{owner or 'a colleague'} has this conversation")
        self.owner = owner


class Moved(Conflict):
    code = "moved"

    def __init__(self, mode: str) -> None:
        super().__init__(f"the conversation has gone on: it is {mode} now")


class Outdated(Conflict):
    code = "outdated"

    def __init__(self, missed: int) -> None:
        super().__init__(f"the shopper has written since: {missed} new")
        self.missed = missed
