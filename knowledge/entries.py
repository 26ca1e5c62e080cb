"""Making, changing, publishing, removing FAQ entries; each with a line of history, so that it can be undone.

Everything here is of one shop, named by `Editor`. The caller commits.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import String, cast, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.content import Content, as_text, content_of, write
from knowledge.indexing import index_entries, touch
from knowledge.models import FaqChange, FaqEntry

Kept = Literal["published", "off", "draft"]


class UnknownEntry(Exception):
    """This shop has no such entry or change."""


class ChangedSince(Exception):
    """What is to be undone has been changed again; undoing it would lose that."""

    def __init__(self, entries: Sequence[int]) -> None:
        super().__init__(f"{len(entries)} of the entries changed again since: undo the later change first")
        self.entries = entries


@dataclass(frozen=True)
class Editor:
    """Who changes which shop's FAQs. One `batch` is undone in one go."""

    shop_id: int
    staff_id: int | None = None
    name: str = ""
    batch: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True)
class Wanted:
    """What a list is to show."""

    text: str = ""
    tag: str = ""
    product: str = ""
    kept: Kept | None = None
    missing: str = ""  # a language in which the entry has no answer
    after: int = 0  # the last id of the page before
    limit: int = 50


async def list_entries(session: AsyncSession, shop_id: int, wanted: Wanted) -> tuple[list[FaqEntry], int]:
    """A page of them, oldest first, and how many there are in all."""
    conditions = [FaqEntry.shop_id == shop_id, *_conditions(wanted)]
    total = await session.scalar(select(func.count()).select_from(FaqEntry).where(*conditions)) or 0
    query = select(FaqEntry).where(*conditions, FaqEntry.id > wanted.after).order_by(FaqEntry.id)
    return list(await session.scalars(query.limit(wanted.limit))), total


def _conditions(wanted: Wanted) -> Iterable[Any]:
    if wanted.text:
        texts = [cast(one, String) for one in (FaqEntry.question, FaqEntry.answer, FaqEntry.variants)]
        yield or_(*(one.icontains(wanted.text, autoescape=True) for one in texts))
    if wanted.tag:
        yield FaqEntry.tags.contains([wanted.tag])
    if wanted.product:
        yield FaqEntry.products.contains([wanted.product])
    if wanted.missing:
        yield ~FaqEntry.answer.has_key(wanted.missing)
    if wanted.kept == "draft":
        yield FaqEntry.draft.is_not(None)
    elif wanted.kept is not None:
        yield FaqEntry.enabled.is_(wanted.kept == "published")


async def find_entry(session: AsyncSession, shop_id: int, number: int) -> FaqEntry:
    """Raises UnknownEntry, also for another shop's."""
    entry = await session.scalar(select(FaqEntry).filter_by(id=number, shop_id=shop_id))
    if entry is None:
        raise UnknownEntry("there is no such entry")
    return entry


async def create_entry(
    session: AsyncSession,
    editor: Editor,
    content: Content,
    *,
    action: str = "create",
    number: int | None = None,
) -> FaqEntry:
    entry = FaqEntry(shop_id=editor.shop_id, key=None, question={}, answer={}, tags=[], id=number)
    write(entry, content)
    session.add(entry)
    await session.flush()
    await index_entries(session, [entry])
    _note(session, editor, entry.id, action, None, content.stored())
    return entry


async def change_entry(
    session: AsyncSession, editor: Editor, number: int, content: Content, *, action: str = "change"
) -> FaqEntry:
    """Raises UnknownEntry. The same again leaves no trace. A draft of the entry is done with."""
    entry = await find_entry(session, editor.shop_id, number)
    before = content_of(entry)
    if as_text(before) != as_text(content) or entry.draft is not None:
        write(entry, content)
        entry.draft = None
        await session.flush()
        await index_entries(session, [entry])
        _note(session, editor, number, action, before.stored(), content.stored())
    return entry


async def keep_draft(session: AsyncSession, editor: Editor, number: int, content: Content) -> FaqEntry:
    """Put the changes aside; answers go on from what is published."""
    entry = await find_entry(session, editor.shop_id, number)
    entry.draft = content.stored()
    await session.flush()
    return entry


async def publish(session: AsyncSession, editor: Editor, number: int) -> FaqEntry:
    """The draft, if there is one, becomes the entry; and the entry is answered from."""
    entry = await find_entry(session, editor.shop_id, number)
    content = Content.model_validate(entry.draft) if entry.draft else content_of(entry)
    live = content.model_copy(update={"enabled": True})
    return await change_entry(session, editor, number, live, action="publish")


async def drop_draft(session: AsyncSession, editor: Editor, number: int) -> FaqEntry:
    entry = await find_entry(session, editor.shop_id, number)
    entry.draft = None
    await session.flush()
    return entry


async def remove_entries(session: AsyncSession, editor: Editor, numbers: Sequence[int]) -> int:
    """How many of these there were."""
    found = list(await session.scalars(select(FaqEntry).where(_own(editor, numbers))))
    for entry in found:
        _note(session, editor, entry.id, "delete", content_of(entry).stored(), None)
    await session.execute(delete(FaqEntry).where(_own(editor, [entry.id for entry in found])))
    await touch(session, {editor.shop_id})
    return len(found)


async def edit_many(
    session: AsyncSession,
    editor: Editor,
    numbers: Sequence[int],
    *,
    enabled: bool | None = None,
    add_tag: str = "",
    remove_tag: str = "",
) -> int:
    """Switch on or off, and tag, in one go; how many changed."""
    changed: list[FaqEntry] = []
    for entry in await session.scalars(select(FaqEntry).where(_own(editor, numbers)).order_by(FaqEntry.id)):
        before = content_of(entry)
        tags = [tag for tag in before.tags if tag != remove_tag]
        tags += [add_tag] if add_tag and add_tag not in tags else []
        after = before.model_copy(
            update={"tags": tags, "enabled": before.enabled if enabled is None else enabled}
        )
        if as_text(after) != as_text(before):
            write(entry, after)
            changed.append(entry)
            _note(session, editor, entry.id, "bulk", before.stored(), after.stored())
    await session.flush()
    await index_entries(session, changed)
    return len(changed)


def _own(editor: Editor, numbers: Sequence[int]) -> Any:
    return (FaqEntry.shop_id == editor.shop_id) & FaqEntry.id.in_(numbers)


# --- history ----------------------------------------------------------------------------------------------


async def history(
    session: AsyncSession,
    shop_id: int,
    *,
    entry: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[FaqChange]:
    """The latest first."""
    query = select(FaqChange).where(FaqChange.shop_id == shop_id)
    if entry is not None:
        query = query.where(FaqChange.faq_id == entry)
    if before is not None:
        query = query.where(FaqChange.id < before)
    return list(await session.scalars(query.order_by(FaqChange.id.desc()).limit(limit)))


async def undo(session: AsyncSession, editor: Editor, batch: uuid.UUID) -> int:
    """Set back what was done in one go: each entry to what it was before. How many; itself can be undone.

    Raises UnknownEntry, or ChangedSince: then nothing is set back.
    """
    query = select(FaqChange).where(FaqChange.shop_id == editor.shop_id, FaqChange.batch == batch)
    changes = list(await session.scalars(query.order_by(FaqChange.id.desc())))
    if not changes:
        raise UnknownEntry("there is no such change")
    if again := await _changed_since(session, editor, changes):
        raise ChangedSince(again)
    first = {change.faq_id: change for change in changes}  # of several on one entry the earliest
    for number, change in first.items():
        await _set_back(session, editor, number, change.before)
    return len(first)


async def _changed_since(session: AsyncSession, editor: Editor, changes: Sequence[FaqChange]) -> list[int]:
    """The entries that are not what these changes, the latest first, left them as."""
    left = {change.faq_id: change.after for change in reversed(changes)}
    query = select(FaqEntry).where(_own(editor, list(left))).with_for_update()
    stored = {entry.id: content_of(entry) for entry in await session.scalars(query)}
    told = {number: as_text(content) for number, content in stored.items()}
    meant = {
        number: as_text(Content.model_validate(after)) if after else None for number, after in left.items()
    }
    return [number for number in left if told.get(number) != meant[number]]


async def _set_back(session: AsyncSession, editor: Editor, number: int, was: dict[str, Any] | None) -> None:
    if was is None:
        await remove_entries(session, editor, [number])
        return
    content = Content.model_validate(was)
    known = await session.scalar(select(FaqEntry.id).filter_by(id=number, shop_id=editor.shop_id))
    if known is None:
        await create_entry(session, editor, content, action="undo", number=number)
    else:
        await change_entry(session, editor, number, content, action="undo")


def _note(
    session: AsyncSession,
    editor: Editor,
    number: int,
    action: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    session.add(
        FaqChange(
            shop_id=editor.shop_id,
            faq_id=number,
            batch=editor.batch,
            staff_id=editor.staff_id,
            name=editor.name,
            action=action,
            before=before,
            after=after,
        )
    )
