"""The generated parts of README files."""

from django.core.management.base import CommandError


def between(text: str, generated: str, *, name: str, notice: str) -> str:
    """Replace the part of a page between the markers of this name."""
    start, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if start not in text or end not in text:
        raise CommandError(f"There is no {start} or no {end} to write between.")
    before, rest = text.split(start, 1)
    after = rest.split(end, 1)[1]
    return f"{before}{start}\n<!-- {notice} -->\n\n{generated}\n{end}{after}"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(_cell(cell) for cell in line) + " |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
