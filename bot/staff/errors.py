"""What can go wrong with accounts.

StaffError
├── LoginRefused      address, password or code do not fit; never told which
├── CodeNeeded        the password fits, and a code of the authenticator must come with it
├── LoginLocked       too many wrong tries
├── NotAllowed        the role may not do this
├── NotFound          no such thing in this shop: another shop's looks the same
└── Impossible        it contradicts what is there (address taken, last owner, wrong password …)
"""


class StaffError(Exception):
    """`code` is for programs; the message for people, without personal data."""

    code = "staff_error"
    status = 400


class LoginRefused(StaffError):
    code, status = "login_refused", 401

    def __init__(self) -> None:
        super().__init__("address, password or code are wrong")


class CodeNeeded(StaffError):
    code, status = "code_needed", 401

    def __init__(self) -> None:
        super().__init__("the code of the authenticator is needed")


class LoginLocked(StaffError):
    code, status = "locked", 429

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many wrong tries; wait {seconds} s")
        self.seconds = seconds


class NotAllowed(StaffError):
    code, status = "not_allowed", 403

    def __init__(self) -> None:
        super().__init__("your role does not allow this")


class NotFound(StaffError):
    code, status = "not_found", 404

    def __init__(self, what: str = "nothing here has that name") -> None:
        super().__init__(what)


class Impossible(StaffError):
    status = 409

    def __init__(self, code: str, message: str, field: str | None = None, status: int = 409) -> None:
        super().__init__(message)
        self.code, self.field, self.status = code, field, status
