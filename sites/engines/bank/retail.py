"""Shops: somebody is looking for something and wonders whether to make the trip."""

from sites.engines.bank.base import FamilyBank, Pack, lines

FLORIST = Pack(
    taglines=(
        "Say it with something that opens by tomorrow.",
        "For thank you, for sorry, for no reason.",
        "A kitchen table with flowers is a different table.",
        "Something alive for the windowsill.",
        "There is always somebody who would not expect it.",
    ),
    topics=(
        ("A bouquet", "Say for whom, for what, and how much you would like to spend."),
        ("A wedding", "The date, the dress, the season: in that order."),
        ("A funeral", "Say the name, the place and the hour. Everything else can be asked."),
        ("Having it brought", "Ask whether and where to, and until what time to order."),
        ("Plants for a dark corner", "Say which way the window faces."),
        ("Flowers every week", "For a desk, a waiting room, a home: ask what that looks like."),
        ("What is in season", "Ask. It is usually the prettiest, too."),
    ),
    steps=(
        ("Name the occasion", "And one thing the person likes."),
        ("Photograph the vase", "Or the room, if it is a large one."),
        ("Set a sum", "It makes choosing easier for both sides."),
        ("Order for big days", "Everybody remembers their mother on the same Sunday."),
        ("Ask about water", "How much, how often, how cold."),
    ),
)
JEWELLER = Pack(
    taglines=(
        "Small enough for a pocket. Large enough for a life.",
        "Some things are worth wearing every day.",
        "Time, gold, and a question on one knee.",
        "It belonged to somebody. It could again.",
    ),
    topics=(
        ("Rings for two", "Ask how long it takes before you set the date."),
        ("Changing a size", "Bring the ring and the finger. Both, if possible."),
        ("A watch that stopped", "Say when, and whether it got wet."),
        ("An inherited piece", "Bring it as it is. Do not polish it first."),
        ("Engraving", "Write it down exactly, with every dot."),
        ("A broken clasp", "Keep all the pieces, however small."),
        ("A present", "Gold or silver? Look at what she wears on a normal day."),
    ),
    steps=(
        ("Bring the old box", "Papers and certificates too."),
        ("Find out the size", "Borrow a ring that fits. Quietly."),
        ("Take a photo", "Of what is worn every day."),
        ("Ask about the time", "Engraving and resizing need a while."),
        ("Ask for it in writing", "When you leave a piece behind, take a slip home."),
    ),
)
BICYCLE = Pack(
    taglines=(
        "The fastest way through town has no engine.",
        "It has stood in the cellar long enough.",
        "Chain, brakes, air. Then off.",
        "Everything is downhill from here. Eventually.",
    ),
    topics=(
        ("Getting it ready", "When did it last roll, and what squeaks?"),
        ("Gears that jump", "Say in which ones, and whether uphill or always."),
        ("A new bicycle", "How far, how hilly, how much to carry?"),
        ("For a child", "Bring the child. Length of leg beats age."),
        ("An electric one", "Ask about range on your own way to work."),
        ("A puncture", "Ask whether to bring the wheel or the whole thing."),
        ("Lights and locks", "Say where it sleeps at night."),
    ),
    steps=(
        ("Photograph the problem", "And the whole bicycle from the right side."),
        ("Bring battery and key", "If it has them."),
        ("Say when you need it", "Spring is busy everywhere."),
        ("Take off the bags", "And the child seat."),
        ("Ask for a limit", "From which amount would you like a call?"),
    ),
)
BOOKS = Pack(
    taglines=(
        "One more will not hurt.",
        "Read the first page standing up.",
        "Somewhere on these shelves is your next week.",
        "Ask for the one with the blue cover.",
    ),
    topics=(
        ("A certain title", "Author or half a title is enough. Ask whether it is there or can be ordered."),
        ("A present", "Say what the person read last and loved."),
        ("For children", "Age matters less than what they cannot stop talking about."),
        ("For a journey", "How long, how far, and how sad may it be?"),
        ("School and study", "Bring the list, with the edition."),
        ("Readings", "Ask what is coming up."),
        ("A voucher", "For people who own everything except that one."),
    ),
    steps=(
        ("Note the details", "A photo of the review will do."),
        ("Call before you come", "If it has to be today."),
        ("Name three you liked", "It is the quickest way to the fourth."),
        ("Allow more time", "You will not be out in five minutes."),
        ("Ask the person", "Somebody there has read it."),
    ),
)
CLOTHES = Pack(
    taglines=(
        "Try it on. The mirror is honest.",
        "Something for Monday, something for Saturday.",
        "The good coat. You know the one.",
        "Dress for the day you want to have.",
    ),
    topics=(
        ("A size", "Call and ask before you make the trip."),
        ("An occasion", "Say where, when, and what everybody else will wear."),
        ("Something that fits at last", "Bring the one piece in which you feel right."),
        ("Alterations", "Ask what can be taken in, let out or shortened."),
        ("Bringing it back", "Ask before you buy, and keep the slip."),
        ("A present", "Look at the label of something that fits."),
        ("New arrivals", "Ask on which days they come in."),
    ),
    steps=(
        ("Wear the right shoes", "Hems are a question of heels."),
        ("Come on a quiet morning", "You get the mirror to yourself."),
        ("Take a photo", "Of what it has to go with."),
        ("Bring an honest friend", "One is enough."),
        ("Ask what else there is", "Not everything hangs outside."),
    ),
)
SHOES = Pack(
    taglines=(
        "You will walk a long way in them.",
        "Feet have the last word.",
        "Good shoes are noticed by the end of the day.",
        "One step at a time.",
    ),
    topics=(
        ("The right size", "Have both feet measured. They rarely agree."),
        ("Wide or narrow feet", "Say so at the start. It saves a lot of boxes."),
        ("Children", "Ask how much room to grow is sensible."),
        ("Insoles", "Bring yours along."),
        ("Walking and hiking", "Say where, how far, and with what on your back."),
        ("An occasion", "How long will you have to stand?"),
        ("Looking after them", "Ask what the leather likes."),
    ),
    steps=(
        ("Come in the afternoon", "Feet are larger then."),
        ("Bring the right socks", "Thick for boots, thin for the rest."),
        ("Walk around", "At least to the window and back."),
        ("Bring the old pair", "The worn sole tells a story."),
        ("Ask about returns", "And try them on carpet first."),
    ),
)
FURNITURE = Pack(
    taglines=(
        "Sit on it before you decide.",
        "Homes are made of very few good pieces.",
        "The sofa is a long relationship.",
        "Measure first. Then fall in love.",
    ),
    topics=(
        ("A sofa", "Measure the wall, the door and the stairs."),
        ("A table", "How many people every day, and how many at its fullest?"),
        ("A bed", "Lie down. Longer than feels polite."),
        ("Having it brought", "Ask whether, when, and up to which floor."),
        ("Waiting time", "Ask how long it takes until it is there."),
        ("Fabric and wood", "Take a sample home, and look at it in the evening."),
        ("The old one", "Ask whether somebody can take it away."),
    ),
    steps=(
        ("Draw the room", "With doors, windows and radiators."),
        ("Photograph the light", "Once at noon, once in the evening."),
        ("Measure the way in", "Lift, stairs, the last corner."),
        ("Bring the sample", "Of the floor or the curtain."),
        ("Sleep on it", "Big pieces deserve a night."),
    ),
)
GIFT = Pack(
    taglines=(
        "For people who say they need nothing.",
        "Something small is often the larger thing.",
        "You remembered. That is most of it.",
        "The birthday is on Thursday, is it not?",
    ),
    topics=(
        ("For her, for him, for them", "Say one thing the person does on a free day."),
        ("A child you hardly know", "Age, and what the last obsession was."),
        ("A thank you", "Small is right. Ask for something with a story."),
        ("Moving in", "Ask for what nobody else brings."),
        ("Wrapping", "Ask. It saves an evening with tape."),
        ("Sending it", "Ask what travels well."),
        ("Bringing it back", "Ask until when, just in case."),
    ),
    steps=(
        ("Set a sum", "It narrows down the shelves."),
        ("Think of a habit", "Coffee, cycling, crosswords."),
        ("Check the date", "And come a day earlier."),
        ("Take a photo of the shelf", "To compare at home."),
        ("Ask for help", "Describing a person out loud works wonders."),
    ),
)
DEFAULT = Pack(
    taglines=(
        "Come in and look around.",
        "Touch it before you buy it.",
        "The nice thing about a shop is the door.",
        "You were only going to look.",
        "Some things one has to see.",
        "No basket icon. A real counter.",
        "Around the corner beats around the world.",
        "Ask somebody instead of a search box.",
    ),
    topics=(
        ("Is it there?", "Call before you come, and ask them to put it aside."),
        ("Ordering something", "Ask whether it can be had, and by when."),
        ("A present", "Describe the person in two sentences."),
        ("Bringing it back", "Ask about it before you pay."),
        ("A repair", "Bring it along, and ask whether it is worth it."),
        ("Paying", "Ask which cards are taken."),
        ("Something special", "Describe it, or bring a photo."),
        ("For a group", "A school, a club, an office: ask about larger numbers."),
    ),
    steps=(
        ("Call if it is far", "One question saves a trip."),
        ("Bring the old one", "Or a photo with the label."),
        ("Measure", "Whatever it has to fit into."),
        ("Set a sum", "It is easier to advise."),
        ("Come when it is quiet", "Mornings usually are."),
        ("Keep the slip", "For all cases."),
    ),
)
RETAIL = FamilyBank(
    orders=(
        ("about", "visit", "services", "faq", "steps", "cta"),
        ("visit", "about", "services", "steps", "faq", "cta"),
        ("services", "visit", "about", "steps", "faq", "cta"),
        ("about", "services", "visit", "steps", "faq", "cta"),
    ),
    fonts=("warm", "sturdy", "fine"),
    hues=(15, 40, 75, 100, 130, 155, 190, 220, 250, 335),
    services_heading=(
        lines(
            "What are you looking for?",
            "Ask before you come",
            "Ask us about",
            "What people ask in a place like this",
            "Good reasons to come in",
            "Looking for something?",
            "Things to ask {category_a}",
            "Start here",
        ),
    ),
    services_intro=(
        lines(
            "There is no catalogue on this page. Ask whether we have what you need.",
            "Shelves change faster than web pages. Ask about what you are looking for.",
            "Find what comes closest, and ask us.",
            "Say what it is for. The rest is conversation.",
            "These are the usual questions. Yours may be a better one.",
            "You do not have to know the name of the thing. Describe it.",
            "Here is what people ask most, and what helps with an answer.",
        )
        + lines("A question on the phone is quicker than a trip across town.", needs="phone"),
    ),
    cta_heading=(
        lines(
            "Come and have a look.",
            "See you at the counter.",
            "The door is that way.",
            "Drop in.",
            "Ask whether we have it.",
            "Looking is free.",
            "Stop by this week.",
            "Shall we put it aside?",
        ),
    ),
    default=DEFAULT,
    packs={
        "florist": FLORIST,
        "jeweller": JEWELLER,
        "bicycle": BICYCLE,
        "books": BOOKS,
        "clothes": CLOTHES,
        "shoes": SHOES,
        "furniture": FURNITURE,
        "gift": GIFT,
    },
)
