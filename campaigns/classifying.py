"""Who is behind a hit: a person, a person's picture proxy, a machine of the mail program, or a security scanner.

Version 1 of the rules. They look at the request itself, at how soon after the mail it came, and at what else was asked
for at that time. A doubtful hit is "unknown": it is kept and counted for nobody. No list of cloud networks ships: such
a list is old on the day it is made, and offices browse from clouds too.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

RULE_VERSION: Final = 1

Actor = Literal["human", "proxy", "machine", "scanner", "unknown"]

TOO_SOON: Final = timedelta(seconds=10)  # between a mail's going out and a person's first look at it
AT_ONCE: Final = timedelta(seconds=2)
LINKS_AT_ONCE: Final = 3
A_WHILE: Final = timedelta(seconds=60)
MAILS_OF_ONE_NETWORK: Final = 5
PICTURES: Final = frozenset({"opened"})
FOLLOWED: Final = frozenset(
    {"clicked", "opt_out_opened"}
)  # the links of a mail; what they lead to is no link

_PREFETCH: Final = re.compile(r"Chrome/42\.0\.2311\.135 Safari/537\.36 Edge/12\.246 Mozilla/5\.0$")
_PICTURE_PROXY: Final = re.compile(r"GoogleImageProxy|YahooMailProxy")
_PROGRAM: Final = re.compile(
    r"bot\b|crawler|spider|preview|linkexpanding|externalhit|whatsapp/|headless|phantomjs|puppeteer|playwright|"
    r"^(?:curl|wget|python|java|okhttp|axios|node|ruby|php|perl|libwww|go-http|aiohttp|httpx|apache-httpclient|zmeu)|"
    r"barracuda|mimecast|proofpoint|urldefense|safelinks|symantec|messagelabs|trendmicro|sophos|forcepoint|fireeye|"
    r"ironport|fortinet|bitdefender|google-safety|url protect|click-time|link check|scanner",
    re.IGNORECASE,
)
_BROWSER: Final = re.compile(r"^(?:Mozilla|Opera)/\d")


@dataclass(frozen=True, slots=True)
class Seen:
    """One hit: `mail` and `link` say on what, `at` how long after an agreed moment, `age` how long after its mail.

    `age` is None where it is not known when the mail went out. `network` may be "".
    """

    mail: int
    kind: str
    link: int
    method: str
    user_agent: str
    network: str
    at: timedelta
    age: timedelta | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """Who it was, and why in words."""

    actor: Actor
    reasons: tuple[str, ...]


def judge(hit: Seen, others: Sequence[Seen]) -> Judgement:
    """Return who is behind a hit. `others`: hits on the same mail or from the same network at about that time."""
    agent = hit.user_agent.strip()
    too_soon = hit.age is not None and hit.age < TOO_SOON
    if _PROGRAM.search(agent):
        return Judgement("scanner", ("its program says that it is no person's",))
    if hit.kind in PICTURES:
        return _judge_picture(agent, too_soon=too_soon)
    signs = []
    if hit.method == "HEAD":
        signs.append("it asked for no page, only whether there is one")
    if not _BROWSER.search(agent) or agent == "Mozilla/5.0":
        signs.append("it is no browser")
    if too_soon:
        signs.append("it came before anybody can have read the mail")
    if _links_at_once(hit, others) >= LINKS_AT_ONCE:
        signs.append("it followed every link of the mail at once")
    if signs:
        return Judgement("scanner", tuple(signs))
    if _mails_of_network(hit, others) >= MAILS_OF_ONE_NETWORK:
        return Judgement("unknown", ("its network followed links in many mails within a minute",))
    return Judgement("human", ("a browser, at a time and in a way people use",))


def _judge_picture(agent: str, *, too_soon: bool) -> Judgement:
    if _PREFETCH.search(agent):
        return Judgement("machine", ("Gmail fetches pictures in advance",))
    if agent == "Mozilla/5.0":
        return Judgement("machine", ("Apple's mail privacy fetches every picture",))
    if too_soon:
        return Judgement("machine", ("it came before anybody can have read the mail",))
    if _PICTURE_PROXY.search(agent):
        return Judgement("proxy", ("the picture proxy of a web mail, as the mail was opened",))
    if not _BROWSER.search(agent) and "outlook" not in agent.lower():
        return Judgement("unknown", ("a program that is not known",))
    return Judgement("human", ("a mail program or browser",))


def _links_at_once(hit: Seen, others: Sequence[Seen]) -> int:
    """Return how many different links of the same mail were followed within two seconds that hold this hit.

    From whatever network: a scanner asks from several.
    """
    near = [
        (each.at, (each.kind, each.link))
        for each in (hit, *others)
        if each.mail == hit.mail and each.kind in FOLLOWED and abs(each.at - hit.at) <= AT_ONCE
    ]
    begins = [begin for begin, _ in near if begin <= hit.at <= begin + AT_ONCE]
    return max(
        (len({link for at, link in near if at - begin <= AT_ONCE and at >= begin}) for begin in begins),
        default=0,
    )


def _mails_of_network(hit: Seen, others: Sequence[Seen]) -> int:
    if not hit.network:
        return 1
    mails = {
        each.mail
        for each in others
        if each.network == hit.network and each.kind not in PICTURES and abs(each.at - hit.at) <= A_WHILE
    }
    return len(mails | {hit.mail})
