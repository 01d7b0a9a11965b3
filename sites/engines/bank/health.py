"""Health: somebody is unwell or worried and wants to know whom to ask. No promises, no advice on treatment."""

from sites.engines.bank.base import FamilyBank, Pack, lines

DENTIST = Pack(
    taglines=(
        "You do not have to look forward to it. You only have to go.",
        "A small hole is a short visit.",
        "Smile first, worry later. Or the other way round.",
        "Nobody ever regretted going early.",
    ),
    topics=(
        ("Toothache", "Say where, since when, and whether cold or warm makes it worse."),
        ("A check-up", "Half a year goes by quickly. Ask for a date."),
        ("A broken tooth or filling", "Keep the piece, if there is one, and call."),
        ("Being afraid", "Say it on the phone. You would not be the first today."),
        ("Children", "The first visit goes best when nothing hurts."),
        ("Costs and insurance", "Ask what is covered before treatment begins."),
        ("Coming from another practice", "Ask for your old pictures and bring them."),
    ),
    steps=(
        ("Bring your insurance card", "And the card of your last practice, if you have it."),
        ("List your medicines", "All of them, also the small ones."),
        ("Mention allergies", "Latex, penicillin, anything."),
        ("Say when it hurts", "Chewing, cold, at night: it is the best clue."),
        ("Outside hours", "For strong pain or bleeding at night, call the emergency service of your area."),
    ),
)
DOCTOR = Pack(
    taglines=(
        "Start with what bothers you.",
        "A question is a good reason to come.",
        "Somebody to ask, close by.",
        "Better asked than looked up at night.",
    ),
    topics=(
        ("An appointment", "Say whether it can wait until next week or not."),
        ("A repeat prescription", "Have the box in front of you when you call."),
        ("A check-up", "Ask which one makes sense at your age."),
        ("Vaccinations", "Look for the booklet first. Then ask what is missing."),
        ("A certificate", "For work, sport or school: say by which day."),
        ("Test results", "Ask when and how you will hear about them."),
        ("Being new in town", "Ask whether new patients are taken on at the moment."),
    ),
    steps=(
        ("Write down three questions", "In the room one forgets at least one of them."),
        ("List your medicines", "Name and dose, or simply bring the boxes."),
        ("Bring your papers", "Insurance card, letters, older results."),
        ("Say if it is infectious", "On the phone, before you sit down in a waiting room."),
        ("In an emergency", "Do not wait for an appointment: call your emergency number."),
    ),
)
PHYSIO = Pack(
    taglines=(
        "One step, then the next one.",
        "Backs are made for moving.",
        "The body learns slowly and remembers well.",
        "From ouch to oh.",
    ),
    topics=(
        ("Back and neck", "What were you doing when it started?"),
        ("A knee or a shoulder", "Which movement hurts, and which one does not?"),
        ("After an operation", "Bring the letter, and ask how soon to start."),
        ("A sports injury", "Say what you want to get back to."),
        ("A prescription", "Ask whether you need one, and how long it stays valid."),
        ("Exercises for home", "Ask for few, and for the reason behind each."),
        ("Headaches from the desk", "Describe your chair and your screen."),
    ),
    steps=(
        ("Bring prescriptions and letters", "Pictures and reports too."),
        ("Wear something loose", "Clothes in which you can bend."),
        ("Mark where it hurts", "Point with one finger if you can."),
        ("Name your goal", "Stairs, garden, marathon: it shapes the plan."),
        ("Say what helps", "Warmth, rest, walking? And what does not."),
    ),
)
OPTICIAN = Pack(
    taglines=(
        "When your arms get too short for the newspaper.",
        "The world has edges again.",
        "You wear them in the middle of your face.",
        "Seeing well is mostly a matter of going.",
    ),
    topics=(
        ("A test", "Ask how long it takes, and whether to book."),
        ("First glasses", "Say what blurs: the board, the book or the road at night."),
        ("A screwdriver moment", "Loose or crooked frames are often a small thing. Ask."),
        ("Contact lenses", "Say what you do all day, and how dry your eyes feel."),
        ("Children", "Ask for frames that survive a playground."),
        ("Work at a screen", "Measure the distance to it before you come."),
        ("Sunglasses with strength", "Bring the prescription, and ask about the tint."),
    ),
    steps=(
        ("Bring your old pair", "Even the broken one."),
        ("Bring your prescription", "And say how old it is."),
        ("Leave the lenses out", "Ask how many hours before the test."),
        ("Come in daylight", "Frames look different in the evening."),
        ("Take somebody along", "A second pair of eyes, so to speak."),
    ),
)
PHARMACY = Pack(
    taglines=(
        "Ask. It is what the counter is for.",
        "A small question is a good reason to come in.",
        "Between the doctor and the sofa.",
        "Read the leaflet, or ask somebody who has.",
    ),
    topics=(
        ("A prescription", "Call before you come: not everything can be on the shelf."),
        ("Things that do not mix", "Name everything you take, also teas and drops."),
        ("A cold", "Say what you want to get rid of first."),
        ("Travel", "Say where to, and when you leave."),
        ("Children", "Weight matters more than age. Know it."),
        ("Sun and insects", "Ask before you are in the middle of it."),
        ("Old medicines", "Ask where to take what is past its date."),
    ),
    steps=(
        ("Bring the box", "The empty one is good enough."),
        ("Bring your prescription", "And ask how long it is still valid."),
        ("Say who it is for", "A child, an adult, somebody expecting."),
        ("Mention allergies", "Once more is better than once too little."),
        ("At night", "Look up which pharmacy of your area is on duty."),
    ),
)
DEFAULT = Pack(
    taglines=(
        "Begin with a question.",
        "Take it seriously. Take your time.",
        "Say it the way it is.",
        "Good advice starts with a good conversation.",
        "Close by, when you need it.",
        "One call is a beginning.",
        "Feeling better is a direction.",
        "You know your body. Say what it says.",
    ),
    topics=(
        ("A first appointment", "Ask how long it takes and what to bring."),
        ("Costs", "Ask what your insurance pays and what it does not."),
        ("A second opinion", "Bring the first one."),
        ("How many visits", "Ask what is usual. There is rarely one answer for all."),
        ("Waiting time", "Ask for the next free date, and for a list in case somebody cancels."),
        ("A referral", "Ask whether you need one."),
        ("For somebody else", "Say who, and whether they know you are asking."),
        ("Getting in", "Ask about steps, lifts and parking if you need to know."),
    ),
    steps=(
        ("Bring your papers", "Insurance card, letters, results."),
        ("List your medicines", "All of them, with the dose."),
        ("Mention allergies", "Say them even if nobody asks."),
        ("Write down your questions", "Three are plenty."),
        ("Say since when", "Days, weeks or years: it matters."),
        ("In an emergency", "Do not wait for an appointment: call your emergency number."),
    ),
)
HEALTH = FamilyBank(
    orders=(
        ("services", "steps", "visit", "about", "faq", "cta"),
        ("visit", "services", "steps", "about", "faq", "cta"),
        ("about", "visit", "services", "steps", "faq", "cta"),
        ("services", "visit", "steps", "about", "faq", "cta"),
    ),
    fonts=("sturdy", "fine", "warm"),
    hues=(165, 185, 200, 215, 235, 145, 250),
    services_heading=(
        lines(
            "What brings you here?",
            "Reasons to get in touch",
            "What people come with",
            "Good questions for {category_a}",
            "Where would you like to start?",
            "Say what it is about",
            "Things worth asking",
            "What is it about?",
        ),
    ),
    services_intro=(
        lines(
            "Ask whether we can help with yours, and how soon.",
            "These are the things people come to {category_a} with. Ask us about yours.",
            "You do not need the medical word. Describe it as you would to a friend.",
            "Whatever it is, say it plainly. It has been heard before.",
            "Find the one that fits, and mention it when you ask for an appointment.",
            "This page gives no medical advice. It helps you ask for some.",
            "Start with the point that is closest to yours.",
        )
        + lines("A short description on the phone helps to find the right date.", needs="phone"),
    ),
    cta_heading=(
        lines(
            "Ask for an appointment.",
            "Do not put it off.",
            "Ask now, wait less.",
            "Let us talk.",
            "When can you come?",
            "Say what it is about.",
            "Get a date, feel better about it.",
        )
        + lines("A call is a start.", needs="phone"),
    ),
    default=DEFAULT,
    packs={
        "dentist": DENTIST,
        "doctor": DOCTOR,
        "clinic": DOCTOR,
        "physiotherapist": PHYSIO,
        "chiropractor": PHYSIO,
        "optician": OPTICIAN,
        "pharmacy": PHARMACY,
    },
)
