"""The built-in writer: an English letter put together from sentences that hold for every lead.

Each sentence must be true of any business that gets a mail: where it was found, that no working website was
found, that the site is a proposal. Nothing else is said about the business.
"""

from collections.abc import Sequence
from string import Formatter

from campaigns.writers.base import Pitch, PitchFacts, plain_date
from pipeline.errors import BadData
from sites.dice import Dice

SUBJECT_LENGTH = (30, 60)
LONGEST_NAME_IN_SUBJECT = 46

SUBJECTS = (
    "A website proposal for {name} to look at",
    "{name}: a website we made, as a proposal",
    "A website for {name}: have a look, then decide",
    "We made a website for {name}, as a proposal",
    "A website for {name}, as a proposal",
    "{name}: would you like this website?",
    "An offer for {name}: the website is made",
    "Our proposal: a website for {name}",
    "We made a website for {name}",
    "A website proposal for {name}",
    "{name}: a website to look at",
    "An offer: a website for {name}",
    "A website for {name}",
    "Website for {name}",
    "A web page for {name}",
    "{name}: a website",
    "A site for {name}",
    "{name}: our offer",
)

PREHEADERS = (
    "A proposal from {agency}, made from public details. Look first, then say yes or no.",
    "It is already there to look at. It is an offer from {agency}, and no is a fine answer.",
    "An offer from {agency}: one link to look at it, one link to say no.",
    "Made by {agency} from what is public. You decide whether it stays.",
    "We are {agency}. This is an offer, and looking at it costs nothing.",
    "A proposal, not a bill: {agency} made it, and you decide.",
    "From {agency}: a website you can see before you decide anything.",
)

GREETINGS = (
    "Hello,",
    "Good day,",
    "Hello {name},",
    "Hello to everyone at {name},",
    "Good day to everyone at {name},",
    "Dear owner of {name},",
    "Good day, {name},",
)

INTRODUCTIONS = (
    "We are {agency}, and we build websites for local businesses. We came across {name}{in_city} on {source} "
    "and could not find a working website for it.",
    "{agency} builds websites for local businesses. On {found_on} we saw {name}{in_city} on {source}. We looked "
    "for a website of yours and found none that works.",
    "You do not know us yet: we are {agency}, and we make websites. Going through {source}, we found "
    "{name}{in_city}, but no working website to go with it.",
    "When we looked for {name}{in_city}, we found you on {source} but could not find a website that works. We are "
    "{agency}, and websites are what we make.",
    "A short introduction first: {agency} makes websites for local businesses. We found {name}{in_city} on "
    "{source}, but no working website of yours.",
    "We have not met: we are {agency}, and we make websites. On {source} we read about {name}{in_city} and looked "
    "for its website, but found none that works.",
    "Looking through the {category} entries on {source}, we found {name}{in_city}, but no website that works. We "
    "are {agency}, and we make websites for local businesses.",
    "{agency} makes websites for local businesses. Among the {category} entries on {source} we found "
    "{name}{in_city}, and no working website for it.",
)

PROPOSALS = (
    "So we made one for you to look at. It is a proposal, built only from what is public about you: it is marked "
    "as not official, and search engines are asked to leave it out.",
    "Rather than describe what we do, we built it. What you see is a proposal from public details, so a detail "
    "may be out of date. Search engines are asked not to list it.",
    "To show you what yours could be, we built one as a proposal. It uses public details only, says that it is not "
    "your official site, and asks search engines not to list it.",
    "We went ahead and made one as a proposal, without asking you first. It rests on public details alone, and "
    "search engines are asked not to show it.",
    "So there is now one that you can look at. It is our proposal, not your official site, and it was made from "
    "what is public. Search engines are asked to pass it by.",
    "We have put one together as a proposal. All we know about you comes from public listings, so a detail may "
    "be wrong. It is marked as not official.",
    "You can look at one now: we built it from public details, as a proposal. It says that it is not official, "
    "and search engines are asked not to list it.",
)

CALLS_TO_ACTION = (
    "See the website",
    "Look at the website",
    "Open the website",
    "See what we made",
    "See the proposal",
    "Have a look at it",
    "Take a look",
)

OFFERS_WITH_PRICE = (
    "This is an offer: if you would like to keep it, it costs {price}. Looking costs nothing, and what is wrong "
    "is put right first.",
    "If you like it, it can be yours. It costs {price}; looking costs nothing.",
    "Should you want to use it, it costs {price}. Until you say yes, you owe nothing.",
    "It is for sale, of course: it costs {price} if you take it, and nothing if you do not.",
    "If it suits you, it costs {price}. If a detail is wrong, answer this mail and we put it right.",
    "We would be glad if you kept it: it costs {price}. Nothing is owed for looking, or for saying no.",
    "Our offer: it costs {price} if you decide to use it. Until then it costs nothing.",
)

OFFERS_WITHOUT_PRICE = (
    "This is an offer: if you would like to keep it, tell us, and you hear the price before you decide.",
    "If you like it, it can be yours. You hear the price first, and looking costs nothing.",
    "Should you want to use it, let us know. Until you have seen a price and said yes, you owe nothing.",
    "It is for sale, of course. Ask us for the price; it costs nothing if you do not take it.",
    "If it suits you, tell us and we name a price. If a detail is wrong, answer this mail and we put it right.",
    "We would be glad if you kept it. Ask for the price; nothing is owed for looking, or for saying no.",
    "Our offer: use it if you like it, once we have agreed on a price. Until then it costs nothing.",
)

WAYS_OUT = (
    "If it is not for you, choose “No, thank you” below and we will not write again. The page itself has a "
    "“Remove it” button.",
    "Not interested? “No, thank you” below ends our mails, and “Remove it” on the page takes the page down.",
    "And if you would rather not: “No, thank you” below means we never write again, and “Remove it” on the page "
    "takes it offline.",
    "No is a good answer too. Choose “No, thank you” below and you will not hear from us again; “Remove it” on the "
    "page takes the proposal down.",
    "If you do not want it, “Remove it” on the page takes it down, and “No, thank you” below stops all mail from us.",
    "Would you rather be left alone? “No, thank you” below is enough. To have the page gone as well, use its "
    "“Remove it” button.",
    "If the answer is no, “No, thank you” below is all it takes: we will not write again. “Remove it” on the page "
    "takes the page away too.",
)

SIGN_OFFS = (
    "Kind regards,",
    "With kind regards,",
    "Best regards,",
    "Best wishes,",
    "Yours sincerely,",
    "With best wishes,",
)


class EmbeddedWriter:
    """Writes without a model, a key or a network: the same facts always give the same letter."""

    name = "embedded"

    def write(self, facts: PitchFacts) -> Pitch:
        """Return the letter to this business; raises BadData where a fact every letter needs is missing."""
        for label in ("business_name", "agency_name", "data_source"):
            if not getattr(facts, label).strip():
                raise BadData(f"No letter can be written without the {label.replace('_', ' ')}")
        dice = Dice(f"{facts.business_id}|pitch")
        words = {
            "name": facts.business_name,
            "agency": facts.agency_name,
            "source": facts.data_source,
            "found_on": plain_date(facts.found_on),
            "category": facts.category[:1].lower() + facts.category[1:],
            "in_city": f" in {facts.city}" if facts.city else "",
            "price": facts.price,
        }

        def say(slot: str, sentences: Sequence[str]) -> str:
            return dice.pick(slot, [text for text in sentences if _can_say(text, words)]).format_map(words)

        return Pitch(
            subject=_subject(dice, facts.business_name),
            preheader=say("preheader", PREHEADERS),
            paragraphs=(
                say("greeting", _greetings(facts.business_name)),
                say("introduction", INTRODUCTIONS),
                say("proposal", PROPOSALS),
            ),
            call_to_action=say("call to action", CALLS_TO_ACTION),
            closing=(
                say("offer", OFFERS_WITH_PRICE if facts.price else OFFERS_WITHOUT_PRICE),
                say("way out", WAYS_OUT),
            ),
            sign_off=say("sign-off", SIGN_OFFS),
        )


def _can_say(sentence: str, words: dict[str, str]) -> bool:
    """Whether every fact that the sentence states is known; the city is left out by itself."""
    named = {field for _, field, _, _ in Formatter().parse(sentence) if field}
    return all(words[field] for field in named - {"in_city"})


def _greetings(business_name: str) -> Sequence[str]:
    """A long name is left to the next sentence, which needs it."""
    if len(business_name) <= LONGEST_NAME_IN_SUBJECT:
        return GREETINGS
    return [text for text in GREETINGS if "{name}" not in text]


def _subject(dice: Dice, business_name: str) -> str:
    name = _shortened(business_name)
    shortest, longest = SUBJECT_LENGTH
    fitting = [subject for text in SUBJECTS if shortest <= len(subject := text.format(name=name)) <= longest]
    return dice.pick("subject", fitting)


def _shortened(name: str) -> str:
    """The name as it fits into a subject: whole words, with an ellipsis where some are left out."""
    if len(name) <= LONGEST_NAME_IN_SUBJECT:
        return name
    cut = name[:LONGEST_NAME_IN_SUBJECT]
    head, space, _ = cut.rpartition(" ")
    return (head.rstrip(" ,;:-–&") if space else cut[:-1]) + "…"
