"""Whether something of what was erased is still in the index's files."""

from rooms.models import SearchIndex

Sweep = SearchIndex.Sweep


def want() -> None:
    """Note that an entry was replaced or erased. Writes only the first time."""
    rows = SearchIndex.objects.filter(pk=1)
    if rows.filter(sweep=Sweep.WANTED).exists():
        return
    SearchIndex.objects.bulk_create([SearchIndex(pk=1)], ignore_conflicts=True)
    rows.update(sweep=Sweep.WANTED)


def begin() -> bool:
    """Note that a sweep begins; False if there is nothing to sweep. One that was interrupted is
    done again."""
    return bool(SearchIndex.objects.filter(pk=1).exclude(sweep="").update(sweep=Sweep.BEGUN))


def end() -> None:
    """Note that a sweep has ended. What was erased meanwhile needs another one."""
    SearchIndex.objects.filter(pk=1, sweep=Sweep.BEGUN).update(sweep="")
