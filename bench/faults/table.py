"""The table."""

from dataclasses import fields

from bench.faults.verdict import Count, Report


def show(report: Report) -> None:
    names = [field.name for field in fields(Count)]
    total = Count()
    print(f"{'channel':10}" + "".join(f"{name:>14}" for name in names))
    for channel, count in sorted(report.counts.items()):
        print(f"{channel:10}" + "".join(_cell(getattr(count, name)) for name in names))
        for name in names:
            both = (getattr(total, name), getattr(count, name))
            setattr(total, name, max(both) if name == "silence" else sum(both))
    print(f"{'all':10}" + "".join(_cell(getattr(total, name)) for name in names))
    back = ", ".join(
        f"{part} {n}x (back after {report.back_after[part]:.0f} s)" for part, n in report.kills.items()
    )
    troubles = ", ".join(f"{trouble} {times}" for trouble, times in sorted(report.troubles.items()))
    print(f"killed -9: {back}")
    print(f"platform troubles: {troubles}")
    print(
        f"orders cancelled {report.cancelled}, written twice {report.written_twice}; {report.seconds:.0f} s"
    )
    print(
        f"sends begun again without knowing how the one before ended: {report.doubts}, "
        f"of which the platform had taken {total.repeated}.\n"
        "No protocol can avoid these: a crash or a cut line between the platform's taking a message and our\n"
        "learning of it leaves only the choice between once too often and never. A claim is written before\n"
        "each send, so that only such sends are repeated."
    )
    print(f"answers that waited, by the platform's rules, for the shopper to write again: {report.held}")
    for detail in report.details:
        print(f"  {detail}")
    print("clean" if report.is_clean else "NOT CLEAN", flush=True)


def _cell(value: float) -> str:
    return f"{value:>14.1f}" if isinstance(value, float) else f"{value:>14}"
