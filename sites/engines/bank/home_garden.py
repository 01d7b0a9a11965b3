"""House and garden: somebody wants it nicer, greener or finally finished."""

from sites.engines.bank.base import FamilyBank, Pack, lines

GARDENER = Pack(
    taglines=(
        "It grows whether you look at it or not.",
        "The hedge has other plans.",
        "Plant it in autumn, be proud in May.",
        "A garden is never finished. That is the nice part.",
        "Somewhere under there is a lawn.",
    ),
    topics=(
        ("The hedge", "Length, height, and when birds last nested in it."),
        ("A tree", "Photograph it from top to foot. Some may not be cut without a permit."),
        ("A lawn", "New, bare or mossy: say how much sun it gets."),
        ("A new bed", "Say what you like to look at in February."),
        ("A terrace or a path", "Which way does the water run when it rains?"),
        ("Looking after it all year", "How large is it, and who waters in summer?"),
        ("Before selling or moving in", "Say by when, and how wild it is."),
    ),
    steps=(
        ("Walk around with a camera", "Every corner, also the one behind the shed."),
        ("Watch the light", "Morning and evening sun make different gardens."),
        ("Pace it out", "One pace is roughly a metre."),
        ("Say how much work you like", "Every day, every month, never: all honest answers."),
        ("Think about access", "Gate, steps, a place for green waste."),
    ),
)
GARDEN_CENTRE = Pack(
    taglines=(
        "Leave room in the car.",
        "You came for one pot.",
        "Spring has an address.",
        "Something for the balcony, something for the soul.",
    ),
    topics=(
        ("A balcony", "Which way does it face, and how windy is it?"),
        ("Something that survives", "Say what died last time. It is no shame."),
        ("Hedges", "How high, how fast, how green in winter?"),
        ("Herbs and vegetables", "Ask what to plant this month."),
        ("Soil", "Measure the pot. Bags are heavy, and two are always missing."),
        ("A brown leaf", "Bring it, in a bag."),
        ("Trees", "Ask how large it is in ten years, not today."),
    ),
    steps=(
        ("Photograph the spot", "At noon and in the evening."),
        ("Measure", "Pots, beds, and the boot of the car."),
        ("Bring a leaf", "For anything with a question mark."),
        ("Come early in spring", "So does everybody. Come earlier."),
        ("Ask about water", "It is what most plants die of."),
    ),
)
INTERIOR = Pack(
    taglines=(
        "The room is fine. It is the rest.",
        "Move the lamp first. Then we talk.",
        "Homes are made of light and habits.",
        "What if the sofa stood over there?",
    ),
    topics=(
        ("One room", "Say what you do in it, and what you would rather do."),
        ("Curtains and blinds", "Width, height, and what the neighbours can see."),
        ("Light", "Count the lamps, and when you switch them on."),
        ("Fabric", "Ask for samples to take home."),
        ("A whole home", "Plan, date, budget: in any order."),
        ("What to keep", "Some old pieces hold a room together."),
        ("Small rooms", "Ask for fewer and larger things."),
    ),
    steps=(
        ("Draw the plan", "With doors and windows, roughly."),
        ("Photograph each wall", "As it is, without tidying."),
        ("Collect pictures", "And write on each what you like about it."),
        ("Measure what stays", "Above all the big things."),
        ("Name a sum", "It is the most useful number of all."),
    ),
)
DEFAULT = Pack(
    taglines=(
        "Make yourself at home.",
        "For the corner you keep meaning to change.",
        "Homes are never quite finished.",
        "Start with one room.",
        "It could look quite different by summer.",
        "Inside, outside, and the bit between.",
        "A house is a list of ideas.",
        "Sit down. Look around. What would you change?",
    ),
    topics=(
        ("An idea", "A photo and one sentence are enough to begin."),
        ("A repair", "Say how old it is and what happened."),
        ("Measuring", "Ask what to measure, and where."),
        ("Materials", "Ask for samples, and look at them at home."),
        ("Time", "Say by when, and how firm that is."),
        ("What it will cost", "Ask for a figure with and without extras."),
        ("The old things", "Ask what can be kept, mended or taken away."),
        ("Looking after it", "Ask for the one thing not to do."),
    ),
    steps=(
        ("Take photos", "In daylight, from every side."),
        ("Measure roughly", "Length, width, height."),
        ("Collect pictures", "Of things you like."),
        ("Name a sum", "It makes the first answer a useful one."),
        ("Say by when", "And why."),
        ("Think about the way in", "Stairs, lift, gate."),
    ),
)
HOME_GARDEN = FamilyBank(
    orders=(
        ("services", "about", "steps", "visit", "faq", "cta"),
        ("about", "services", "visit", "steps", "faq", "cta"),
        ("services", "visit", "steps", "about", "faq", "cta"),
        ("about", "visit", "services", "steps", "faq", "cta"),
    ),
    fonts=("warm", "fine", "sturdy"),
    hues=(140, 150, 125, 165, 110, 45, 75, 195, 230),
    services_heading=(
        lines(
            "What would you like to change?",
            "Start with one thing",
            "Ideas to talk about",
            "Ask us about",
            "What people ask {category_a}",
            "Inside or outside?",
            "What is on your list?",
            "Where shall we begin?",
        ),
    ),
    services_intro=(
        lines(
            "Ask whether yours is something we do, and when.",
            "These are the things people ask {category_many} about most.",
            "Find the one that comes closest, and tell us about yours.",
            "There is no catalogue here. There is a list of good questions.",
            "Describe what you see from the window. It is a good start.",
            "An idea is enough. Measurements can follow.",
            "Say what bothers you. The solution can wait a minute.",
            "It helps to know what to mention. Some examples:",
        ),
    ),
    cta_heading=(
        lines(
            "Shall we talk about it?",
            "Show us the corner.",
            "Tell us your idea.",
            "Let it grow.",
            "What would you change?",
            "Before next summer.",
            "Begin with a question.",
            "Ask, measure, begin.",
        ),
    ),
    default=DEFAULT,
    packs={"gardener": GARDENER, "garden_centre": GARDEN_CENTRE, "interior": INTERIOR},
)
