"""The plain words of English."""

from sites.vocabulary.base import (
    ANY_TIME,
    CONTACT,
    EMAIL,
    PHONE,
    PLACE,
    PRICES,
    WEEKDAYS,
    Vocabulary,
    licensed,
    phrases,
    words,
)

ENGLISH = Vocabulary(
    plain=words(
        "a an the this that these it its is are was be in at on by of from to for with and or as about who what where "
        "when how which name names place page list word words answer answers question questions detail details "
        "essentials contact say says hello welcome short line lines below above side heading so then also just "
        "one way ways thing things part facts known called"
    ),
    visitor=words(
        "you your yourself i me my ask asking asks look looking find finding need want wish like would do does did can "
        "could may know tell telling come coming go going see seeing read reading send save note keep bring think have "
        "has take let still before first next now later if while will rather than long minute moment mind "
        "start begin here there other either both prefer suit suits way there's you'll you're let's"
    ),
    business=words("we us our ours they them their"),
    phrases=phrases(
        "good to know", "good question", "short question", "clear answer", "right page", "e-mail address",
        "right place", "ask anyway", "you will find", "you find", "a clear question helps",
        "rather write than call", "is where", "just ask", "of each day", "each day", "find us", "call us",
        "write to us", "ask us", "ask for", "for the asking", "get in touch", "in touch", "in writing", "in person",
        "at a glance", "in a few words", "in short", "you are looking for", "looking for", "look for",
        "save the number",
        "there are two ways",
    ),
    by_fact=licensed(
        ("call calls calling ring phone telephone number line dial talk speak spoken voice", PHONE),
        ("write writing mail e-mail email message letter inbox", EMAIL),
        ("address street door map town city village local based found lies stands walk visit visitor located", PLACE),
        ("two way ways reach reached", CONTACT),
        ("facebook", "facebook"),
        ("instagram", "instagram"),
        ("trade", "category category_lower category_a category_many"),
    ),
    by_time=licensed(
        ("open opens opening hours hour times time day days until till between", ANY_TIME),
        ("monday tuesday wednesday thursday friday week weekday weekdays working", WEEKDAYS),
        ("saturday saturdays weekend", "open_saturday open_daily"),
        ("sunday sundays", "open_sunday closed_sunday closed_only_sunday open_daily"),
        ("daily every same any", "open_daily"),
        ("late evening evenings", "open_late"),
        ("closed closes day", "closed_sunday closed_only_sunday closed_weekend closed_holidays midday_break"),
        ("break midday lunch", "midday_break"),
        ("holidays public", "closed_holidays"),
        ("since founded began begun year business", "founded"),
        ("years year trade experience work", "experience"),
        ("people work team", "staff"),
        ("award received", "award"),
        ("price prices cost costs pay", PRICES),
    ),
    tables=words("opening hours table times day days week monday sunday listed plan"),
)  # fmt: skip
