"""The bank in the English of the United States: the words that differ, and nothing else."""

import re
from dataclasses import replace
from functools import cache

from sites.engines.bank.base import Line

# Longer first, so that a phrase wins over its words.
PAIRS = {
    "the tap has": "the faucet has",
    "a tap that": "a faucet that",
    "which tap": "which faucet",
    "one tap or": "one faucet or",
    "the tap, the joint": "the faucet, the joint",
    "outside taps": "outside faucets",
    "there is a lift": "there is an elevator",
    "about a lift home": "about a ride home",
    "lifts and parking": "elevators and parking",
    "stairs, lift,": "stairs, elevator,",
    "lift, stairs,": "elevator, stairs,",
    "a new cooker": "a new stove",
    "cisterns": "tanks",
    "a torch": "a flashlight",
    "neighbours": "neighbors",
    "neighbour": "neighbor",
    "in autumn": "in the fall",
    "wash up tonight": "do the dishes tonight",
    "a pram": "a stroller",
    "in grams": "in pounds",
    "grey hair": "gray hair",
    "a grey day": "a gray day",
    "colour": "color",
    "favourite": "favorite",
    "the fringe was": "the bangs were",
    "under the bonnet": "under the hood",
    "the motorway": "the highway",
    "motorway,": "highway,",
    "the boot of the car": "the trunk of the car",
    "empty the boot": "empty the trunk",
    "the aerial": "the antenna",
    "your licence": "your license",
    "a licence": "a license",
    "timetable": "schedule",
    "catalogue": "catalog",
    "roughly a metre": "roughly a yard",
    "trousers": "pants",
    "a zip": "a zipper",
    "a duvet": "a comforter",
    "a cot": "a crib",
    "the queue": "the line",
    "towards": "toward",
    "puncture": "flat tire",
    "the satnav": "the GPS",
    "a lorry": "a truck",
    "courgette": "zucchini",
    "timetables": "schedules",
    "the advert": "the ad",
    "practise": "practice",
    "the last turning": "the last turn",
    "the floor of the boot": "the floor of the trunk",
    "cellar": "basement",
    "cancelling": "canceling",
    "jewellery": "jewelry",
    "make-up": "makeup",
    "the football": "the game",
    "a fuse that keeps tripping": "a breaker that keeps tripping",
    "the fuse has": "the breaker has",
    "fuse box": "breaker box",
    "a socket": "an outlet",
    "socket": "outlet",
    "sockets": "outlets",
    "extension leads": "extension cords",
    "basin": "sink",
    "last orders": "last call",
    "check-up": "checkup",
    "tyres": "tires",
    "travelling": "traveling",
    "leads and carriers": "leashes and carriers",
    "on a lead": "on a leash",
    "by post": "by mail",
    "zips": "zippers",
    "draught": "draft",
    "is there a lift": "is there an elevator",
    "savoury": "savory",
    "cool bag": "cooler bag",
    "power cut": "power outage",
    "chassis number": "VIN",
    "tiles after a storm": "shingles after a storm",
    "eye test": "eye exam",
    "borrowed or hired": "borrowed or rented",
    "school holidays": "school vacations",
    "a caravan or a camper": "a trailer or a camper",
    "flavours": "flavors",
    "worktop": "countertop",
    "noise, smoking, bins": "noise, smoking, trash",
    "on {phone_display}": "at {phone_display}",
    "a viewing": "a showing",
    "fibre": "fiber",
    "off the rail": "off the rack",
    "at the weekend": "on the weekend",
    "working week": "workweek",
    "wasps' nest": "wasp nest",
    "a loose tap": "a loose faucet",
    "promises no cover": "promises no coverage",
    "parcel": "package",
    "a match on television": "a game on television",
    "there is a match": "there is a game",
}
_PATTERN = re.compile(
    r"\b(?:" + "|".join(re.escape(phrase) for phrase in sorted(PAIRS, key=len, reverse=True)) + r")(?!\w)",
    re.IGNORECASE,
)


@cache
def american(line: Line) -> Line:
    """The line as an American shop would print it."""
    return replace(line, text=_PATTERN.sub(_word, line.text))


def _word(match: re.Match[str]) -> str:
    word = PAIRS[match[0].lower()]
    return word[0].upper() + word[1:] if match[0][0].isupper() else word
