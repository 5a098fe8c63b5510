"""Fragments of session descriptions: what a device says of ICE after its offer, and our answer (RFC 8840, RFC 9725).

Pure.  Candidates are passed over: we answer whoever has the password, from wherever.
"""

import re
from collections.abc import Iterable

from sfu.core.description import PROTOCOL, Local, candidates, join
from sfu.core.ice import Credentials
from sfu.core.sdp import PASSWORD, UFRAG, BadSdp, Description

_LINE = re.compile("[a-z]=")  # how one of SDP begins
_PORT = 9  # says nothing: the candidates do


def restarts(text: str, known: Credentials) -> Credentials | None:
    """The client's new credentials, where it begins ICE afresh; None: it tells of candidates.

    Args:
        known: the client's up to now.  What the fragment does not say is as it was.

    Raises:
        BadSdp: it is no fragment, or changes one of the two alone (RFC 8839 4.4.1.1.1).
    """
    lines = text.splitlines()
    if not lines or not all(map(_LINE.match, lines)):
        raise BadSdp("that is no fragment of SDP")
    ufrag = _value(lines, "ice-ufrag", UFRAG) or known.ufrag
    password = _value(lines, "ice-pwd", PASSWORD) or known.password
    if (ufrag == known.ufrag) != (password == known.password):
        raise BadSdp("who restarts ICE changes ice-ufrag and ice-pwd")
    return None if ufrag == known.ufrag else Credentials(ufrag, password)


def _value(lines: Iterable[str], name: str, form: re.Pattern[str]) -> str | None:
    """The same in whatever sections it stands: they are one bundle."""
    values = {line.partition(":")[2] for line in lines if line.startswith(f"a={name}:")}
    if len(values) > 1 or not all(map(form.fullmatch, values)):
        raise BadSdp(f"no usable {name}")
    return next(iter(values), None)


def restarted(offer: Description, local: Local) -> str:
    """Our end of a connection that begins ICE afresh, in the section of `offer` whose transport is everybody's."""
    live = [section for section in offer.sections if not section.rejected and section.kind != "application"]
    first = live[0]
    return join(
        [
            "a=ice-lite",
            " ".join(["a=group:BUNDLE", *(section.mid for section in live)]),
            f"m={first.kind} {_PORT} {PROTOCOL} {' '.join(map(str, first.payload_types))}",
            f"a=mid:{first.mid}",
            f"a=ice-ufrag:{local.credentials.ufrag}",
            f"a=ice-pwd:{local.credentials.password}",
            *candidates(local),
            "a=end-of-candidates",
        ]
    )
