"""Rasa's two slow spots, mended without changing what they do. For one exact version only.

- `Event.resolve_by_type` walks all subclasses of Event for every event it reads: a dictionary serves.
- `RemoteAction._validate_action_result` has jsonschema check its own schema (about 15 ms) at every
  action call: the schema is checked once, here.
"""

from functools import lru_cache
from typing import Any, Dict, Optional, Type

import rasa
import rasa.shared.utils.common
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.events import Event

PATCHED_VERSION = "3.6.21"

_stock_resolve = Event.resolve_by_type
_stock_validate = RemoteAction._validate_action_result


class WrongRasa(RuntimeError):
    """The installed Rasa is not the one these patches were written and tested for."""


def apply() -> None:
    """Put the patches in place. Raises WrongRasa for any other version."""
    if rasa.__version__ != PATCHED_VERSION:
        raise WrongRasa(f"patches are for Rasa {PATCHED_VERSION}, installed is {rasa.__version__}")
    schema = RemoteAction.action_response_format_spec()
    validator_class = validator_for(schema)
    validator_class.check_schema(schema)
    validator = validator_class(schema)

    def validate_action_result(self: RemoteAction, result: Dict[str, Any]) -> bool:
        if validator.is_valid(result):
            return True
        return _stock_validate(self, result)  # raises with Rasa's own words

    def resolve_by_type(type_name: str, default: Optional[Type[Event]] = None) -> Optional[Type[Event]]:
        known = _events_by_type().get(type_name)
        return known if known is not None else _stock_resolve(type_name, default)

    RemoteAction._validate_action_result = validate_action_result  # type: ignore[method-assign]
    Event.resolve_by_type = staticmethod(resolve_by_type)  # type: ignore[assignment]


def revert() -> None:
    """Stock Rasa again, for comparing."""
    RemoteAction._validate_action_result = _stock_validate  # type: ignore[method-assign]
    Event.resolve_by_type = staticmethod(_stock_resolve)  # type: ignore[assignment]


@lru_cache(maxsize=1)
def _events_by_type() -> Dict[str, Type[Event]]:
    found: Dict[str, Type[Event]] = {}
    for cls in rasa.shared.utils.common.all_subclasses(Event):
        found.setdefault(cls.type_name, cls)  # the first one wins, as in stock
    return found
