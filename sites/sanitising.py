"""Cleans text of strangers before any engine or page sees it; what looks like an attack goes to a person."""

import re
import unicodedata

from pipeline.errors import BadData

MARKUP = re.compile(r"</?[A-Za-z!][^<>]{0,400}>?")
ACTIVE = re.compile(
    r"<\s*/?\s*(?:script|iframe|object|embed|svg|img|style|link|meta|base|form|template|math)\b"
    r"|\bon[a-z]{3,20}\s*=|javascript\s*:|vbscript\s*:|data\s*:\s*text|\{\{|\{%|\$\{|<!--|&#",
    re.IGNORECASE,
)
# What speaks to a machine or gives orders; no name, street or town does. In English, German and a few more.
ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:previous|above|prior|earlier|all|instructions?|rules?)\b"
    r"|\b(?:ignorier\w*|vergiss|missachte)\b.{0,40}\b(?:vorherig\w*|bisherig\w*|alle\w*|anweisung\w*|regeln?)\b"
    r"|\b(?:ignora|olvida|oublie|ignorez|dimentica)\b.{0,40}\b(?:instruc\w*|instructions?|istruzioni|anterior\w*)\b"
    r"|\b(?:system|developer)\s*prompt\b|\bsystemprompt\b|\byou are now\b|\bdu bist (?:jetzt|nun)\b"
    r"|\bas an? (?:ai|language model)\b|\bnew instructions?\b|\bneue anweisung"
    r"|\b(?:write|say|state|mention|claim|print|output|respond|reply|answer)\s+(?:that|exactly|the following)\b"
    r"|\b(?:schreibe?|sage?|erw\u00e4hne|behaupte)\s*,?\s+dass\b|\bplease (?:write|say|mention|promise|add|include)\b"
    r"|</?(?:record|system|assistant|user|instructions?)>|\b(?:system|assistant|human)\s*:",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"https?://|www\.|\S@\S+\.\S", re.IGNORECASE)
REPEATED = re.compile(r"(\S)\1{5,}")
RAW_LIMIT = 10_000


class SuspiciousRecord(BadData):
    """The record looks like an attack or like rubbish: no site is made until a person has looked at it."""


def clean_text(field: str, raw: str, limit: int) -> str:
    """Return `raw` in NFKC, on one line, without control, format or private characters, without markup.

    Empty when nothing is left, or when it is longer than `limit` characters: a cut value would be a false
    one. Raises SuspiciousRecord for active markup, template tags, one sign over and over, and orders to a machine.
    """
    if len(raw) > RAW_LIMIT:
        raise SuspiciousRecord(f"{field} has {len(raw)} characters")
    text = _plain(raw)
    if ACTIVE.search(text):
        raise SuspiciousRecord(f"{field} contains active markup")
    if ORDERS.search(text):
        raise SuspiciousRecord(f"{field} contains instructions")
    if REPEATED.search(text):
        raise SuspiciousRecord(f"{field} repeats one character")
    text = " ".join(MARKUP.sub(" ", text).split())
    return "" if len(text) > limit else text


def clean_name(raw: str, limit: int = 80) -> str:
    """The name of a business, cleaned; raises SuspiciousRecord where it cannot be one."""
    text = clean_text("name", raw, RAW_LIMIT)
    if not any(character.isalnum() for character in text):
        raise SuspiciousRecord("the name has no letter and no digit")
    if len(text) > limit:
        raise SuspiciousRecord(f"the name has {len(text)} characters, more than {limit}")
    if ADDRESS.search(text):
        raise SuspiciousRecord("the name contains a web or mail address")
    if MARKUP.search(_plain(raw)):
        raise SuspiciousRecord("the name contains markup")
    return text


def _plain(raw: str) -> str:
    return " ".join("".join(_keep(character) for character in unicodedata.normalize("NFKC", raw)).split())


def _keep(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp", "Zs"}:
        return " "
    return "" if category in {"Cf", "Co", "Cs", "Cn"} else character
