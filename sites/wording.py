"""Whether a sentence of a model could claim something that no fact carries: decided by its words, not by a judge.

The facts enter by placeholder. Around them only plain words may stand, and a word that speaks of the phone, the
place or the hours only where the sentence names such a fact. What cannot be shown to be harmless is refused.
"""

import re

from sites.facts import FactSheet
from sites.spec import PLACEHOLDER, Sentence
from sites.vocabulary import VOCABULARIES
from sites.vocabulary.base import Vocabulary

SIGNS = frozenset(" .,:;?–-'’()&/")
HOURS = frozenset({"hours"})
# A part that holds one of these speaks of the business itself.
SUBJECTS = frozenset({"name", "category", "category_lower", "category_a", "category_many"})
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_PART = re.compile(r"[^.?:;]+[.?:;]*")


def refusals(sentence: Sentence, facts: FactSheet) -> list[str]:
    """Return why these words may not stand on the site of this business; empty when they may."""
    known = VOCABULARIES.get(facts.lang)
    if known is None:
        return [f"nothing is known of the words of {facts.lang!r}"]
    if missing := [key for key in sentence.facts if not facts.has(key)]:
        return [f"the record does not say {', '.join(missing)}"]
    bare = PLACEHOLDER.sub("", sentence.text)
    if odd := sorted({sign for sign in bare if not sign.isalpha() and sign not in SIGNS}):
        return [f"the sign {odd[0]!r} may not be used"]
    if sentence.kind == "generic" and sentence.facts:
        return ["a generic sentence names no fact"]
    return [reason for part in _PART.findall(sentence.text) for reason in _part(part, sentence, known)]


def _part(part: str, sentence: Sentence, known: Vocabulary) -> list[str]:
    placed = frozenset(PLACEHOLDER.findall(part))
    named = frozenset(sentence.facts)
    rest = " ".join(_WORD.findall(PLACEHOLDER.sub(" . ", part))).lower().replace("’", "'")
    for phrase in known.phrases:
        rest = re.sub(rf"\b{re.escape(phrase)}\b", " ", rest)
    terms = rest.split()
    asks = part.rstrip().endswith("?")
    states = not asks and (bool(placed & SUBJECTS) or any(term in known.business for term in terms))

    def may_stand(term: str) -> bool:
        return (
            term in known.plain
            or (term in known.visitor and not states)
            or (term in known.business and not asks)
            or bool(known.by_fact.get(term, frozenset()) & named)
            or bool(known.by_time.get(term, frozenset()) & placed)
            or (term in known.tables and bool(HOURS & named))
        )

    return [f"{term!r} is not among the plain words" for term in terms if not may_stand(term)]
