"""Cars, wheels and driving: something rattles, or somebody wants to get moving."""

from sites.engines.bank.base import FamilyBank, Pack, lines

WORKSHOP = Pack(
    taglines=(
        "It used to not make that noise.",
        "The little orange light means something.",
        "For everything under the bonnet that you would rather not touch.",
        "Turn the radio down and listen for a moment.",
        "Cars talk. Mostly in rattles.",
    ),
    topics=(
        ("A warning light", "Which symbol, which shade, and did it come on while driving?"),
        ("A noise", "Cold or warm, turning or braking, fast or slow?"),
        ("A service", "Have the booklet and the mileage at hand."),
        ("The yearly inspection", "Say by when it is due, and bring the last report."),
        ("Brakes", "Squeal, shake or a long pedal: say which."),
        ("A dent", "A photo in daylight, with a hand beside it for scale."),
        ("Air conditioning", "Does it blow warm, smell odd, or do nothing at all?"),
        ("Buying a used car", "Ask whether somebody will look it over with you."),
    ),
    steps=(
        ("Note the mileage", "And when the last service was."),
        ("Find the papers", "The registration has the codes that identify each part."),
        ("Film the noise", "Ten seconds of video are better than any imitation."),
        ("Ask about a lift home", "Or bring a book."),
        ("Say what you will spend", "A limit, with a call before it is passed."),
    ),
)
TYRES = Pack(
    taglines=(
        "Four patches the size of a hand hold you to the road.",
        "Round, black, and easily forgotten.",
        "The first snow is always a surprise.",
        "Grip is a quiet thing.",
    ),
    topics=(
        ("Changing for the season", "Ask for a date before the weather does."),
        ("A puncture", "Leave the nail in, if you can, and call."),
        ("A new set", "Read the size off the side. It looks like a riddle, but it says everything."),
        ("A shake at speed", "In the wheel or in the seat? That tells front from rear."),
        ("Storing the other set", "Ask whether there is room."),
        ("Tread", "A coin in the groove is a start. Ask for a proper look."),
        ("A warning about pressure", "Say whether it comes back after filling up."),
    ),
    steps=(
        ("Read the size", "It stands on the side wall: photograph it."),
        ("Look for the lock", "If your wheels have locking bolts, find the key piece."),
        ("Check the date", "The last four characters of the long code tell the age."),
        ("Say how you drive", "Town, motorway, gravel, snow."),
        ("Bring the other set", "Clean, if there is time."),
    ),
)
CAR_WASH = Pack(
    taglines=(
        "It was white once.",
        "Salt, pollen, and what the birds think.",
        "It drives faster clean. Everybody knows that.",
        "Five minutes of rain, from all sides.",
    ),
    topics=(
        ("Roof racks and boxes", "Ask whether they may stay on."),
        ("A van or something tall", "Know your height. Then ask."),
        ("The inside", "Ask what is possible beyond the vacuum cleaner."),
        ("Wax", "Ask whether it is worth it before winter."),
        ("Soft tops", "Ask first. Always."),
        ("Rims", "Brake dust is stubborn. Say how old it is."),
        ("Many cars", "For a company, ask about an arrangement."),
    ),
    steps=(
        ("Fold the mirrors", "And take the aerial down."),
        ("Empty the boot", "If the inside is part of the plan."),
        ("Close everything", "Also the small window in the back."),
        ("Pick a grey day", "Everybody else comes when the sun shines."),
        ("Say what you spilled", "Milk needs another answer than sand."),
    ),
)
MOTORCYCLE = Pack(
    taglines=(
        "Two wheels, no excuses.",
        "The season starts with a spark plug.",
        "It is never only about getting there.",
        "Winter is for waiting.",
    ),
    topics=(
        ("Getting it out of winter", "When did it last run, and is the battery on a charger?"),
        ("A service", "Mileage, year and model. Then the noise."),
        ("Chain and sprockets", "A photo from the side shows most of it."),
        ("A new machine", "Say how tall you are and where you ride."),
        ("Rubber", "Road, rain or gravel?"),
        ("Storing it", "Ask whether there is room over the cold months."),
        ("Gear", "Try it on sitting, not standing."),
    ),
    steps=(
        ("Bring the papers", "And the key. Both keys, if it is about the lock."),
        ("List the changes", "Exhaust, levers, electronics: nothing is too small to mention."),
        ("Note the mileage", "And the last service."),
        ("Arrange the way home", "Or bring a second helmet."),
        ("Say when you need it", "The first warm weekend is popular."),
    ),
)
DRIVING_SCHOOL = Pack(
    taglines=(
        "Mirror, signal, and the rest of your life.",
        "Everybody stalls the engine at first.",
        "The passenger seat gets boring after a while.",
        "One day you will do all of it without thinking.",
    ),
    topics=(
        ("Starting from zero", "Ask what you can do before the first lesson."),
        ("Theory", "Ask when and where it is, and what to bring."),
        ("Manual or automatic", "Ask what your licence will say afterwards."),
        ("Fear of the motorway", "Say so. It is more common than people admit."),
        ("After a long break", "A few hours to get back in. Ask."),
        ("A licence from abroad", "Bring it, and ask what is still needed."),
        ("Evenings and Saturdays", "Ask which hours are free."),
    ),
    steps=(
        ("Check your papers", "Eye test, first aid, photo: ask which ones you need."),
        ("Sit in the middle", "Of the day, of the week: calm hours make good first hours."),
        ("Wear flat shoes", "Thin soles feel the pedals."),
        ("Ask what it adds up to", "Lessons, fees and tests, not only the hour."),
        ("Say what worries you", "Parking, roundabouts, hills. Begin there."),
    ),
)
DEFAULT = Pack(
    taglines=(
        "Back on the road.",
        "So that it starts tomorrow, too.",
        "Listen to it before it gets louder.",
        "Every journey begins with turning a key.",
        "It has wheels. It should turn.",
        "For people who need to get somewhere.",
        "Mechanics is the art of asking what changed.",
        "Fewer surprises on the way.",
    ),
    topics=(
        ("Something is not right", "Say what you hear, smell or feel, and when."),
        ("A date", "Say by when you need it back."),
        ("What it will cost", "Ask for a figure before anything is taken apart."),
        ("A part", "Bring the old one, or the papers with the codes."),
        ("A second opinion", "Bring the first estimate."),
        ("Before a long trip", "Say where to, and with how much on board."),
        ("Selling or buying", "Ask what to look for first."),
        ("In winter", "Cold finds every weak spot. Ask in time."),
    ),
    steps=(
        ("Note make, model, year", "They stand in the registration."),
        ("Note the mileage", "A photo of the dashboard shows both that and the lights."),
        ("Film the noise", "Ten seconds are enough."),
        ("Say what was done last", "And by whom, if you know."),
        ("Arrange the way home", "Before you hand over the key."),
        ("Set a limit", "Say from which amount on you want a call first."),
    ),
)
AUTOMOTIVE = FamilyBank(
    orders=(
        ("services", "steps", "visit", "about", "faq", "cta"),
        ("steps", "services", "visit", "about", "faq", "cta"),
        ("about", "services", "steps", "visit", "faq", "cta"),
        ("services", "visit", "steps", "about", "faq", "cta"),
    ),
    fonts=("sturdy",),
    hues=(255, 235, 210, 30, 60, 90, 150, 180),
    services_heading=(
        lines(
            "What is it doing?",
            "The usual suspects",
            "Describe the noise",
            "What people ask {category_a}",
            "Reasons to stop by",
            "Does it sound like this?",
            "Ask us about",
            "Common questions, plain words",
        ),
    ),
    services_intro=(
        lines(
            "You do not have to know what it is. Say what it does, and ask us.",
            "These are the things {category_many} are asked every week. Ask whether yours is one for us.",
            "A good description is half a diagnosis. This is what to listen for.",
            "Find yours, and mention these details when you get in touch.",
            "Nothing here is a price list. It is a list of good questions.",
            "The more precise the question, the shorter the search.",
            "Start with the symptom. Names of parts can wait.",
            "Ask about any of these. A clear question gets a clear answer.",
        ),
    ),
    cta_heading=(
        lines(
            "Ready to roll?",
            "Let us hear it.",
            "Ask before it gets louder.",
            "Keep moving.",
            "Tell us what it does.",
            "Begin with a question.",
            "Bring it round.",
            "Say what you drive.",
        ),
    ),
    default=DEFAULT,
    packs={
        "car_repair": WORKSHOP,
        "tyres": TYRES,
        "car_wash": CAR_WASH,
        "motorcycle": MOTORCYCLE,
        "driving_school": DRIVING_SCHOOL,
    },
)
