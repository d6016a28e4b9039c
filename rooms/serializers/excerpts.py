"""What a message says in one line, for inboxes, notifications and mails: its text, and what it
shows. In the language that is active, and as pages say it (`static/js/media/kinds.js`)."""

from collections.abc import Collection

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms.models import Upload
from rooms.text import markup

Kind = Upload.Kind
MOST = 3  # that are named


def joined(text: str, files: Collection[Upload]) -> str:
    """Add what a message shows to the line that it says."""
    return " · ".join(part for part in (text, markup.shortened(words(files))) if part)


def words(files: Collection[Upload]) -> str:
    """Say what these files are: `Picture: a cat`, `3 pictures and report.pdf`."""
    pictures = [file for file in files if file.kind == Kind.IMAGE]
    found = [_pictures(pictures)] if pictures else []
    found += [_one(file) for file in files if file.kind != Kind.IMAGE]
    more = len(found) - MOST
    if more > 0:
        others = ngettext("%(count)s other", "%(count)s others", more) % {"count": more}
        found = [*found[:MOST], others]
    return get_text_list(found, _("and"))


def _pictures(files: Collection[Upload]) -> str:
    if len(files) > 1:
        count = len(files)
        return ngettext("%(count)s picture", "%(count)s pictures", count) % {"count": count}
    alt = "".join(file.alt for file in files)
    return _("Picture: %(alt)s") % {"alt": alt} if alt else _("Picture")


def _one(file: Upload) -> str:
    match file.kind:
        case Kind.VOICE if file.duration:
            minutes, seconds = divmod(round(file.duration), 60)
            return _("Voice message, %(time)s") % {"time": f"{minutes}:{seconds:02}"}
        case Kind.VOICE:
            return _("Voice message")
        case Kind.VIDEO:
            return _("Video: %(name)s") % {"name": file.name}
        case Kind.AUDIO:
            return _("Audio: %(name)s") % {"name": file.name}
        case _:
            return file.name
