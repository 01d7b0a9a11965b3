"""Beds and animals: somebody travels, or somebody with four legs needs looking after."""

from sites.engines.bank.base import FamilyBank, Pack, lines

GUEST_HOUSE = Pack(
    taglines=(
        "A bed, a key, a window to somewhere else.",
        "Arrive tired. That is what it is for.",
        "Sleep where the town sleeps.",
        "The best part of a journey is the door at the end.",
        "Drop the bag. Then look around.",
    ),
    topics=(
        ("Free dates", "Say the nights, and how many of you there are."),
        ("Breakfast", "Ask whether there is one, and until when."),
        ("Arriving late", "Say your hour, and ask how to get in."),
        ("Children", "Ask about a cot and about stairs."),
        ("Dogs", "Say how large. Then ask."),
        ("Parking", "Ask before you drive around the block."),
        ("Paying and cancelling", "Ask until when you may change your mind."),
    ),
    steps=(
        ("Name your dates", "Arrival and departure, and whether they can move."),
        ("Say how you travel", "Train, car, bicycle: it decides what matters."),
        ("Mention what you need", "Ground floor, quiet side, a fridge."),
        ("Ask what is near", "Whoever lives there knows the good bakery."),
        ("Save the number", "For the evening on which the train is late."),
    ),
)
VET = Pack(
    taglines=(
        "They cannot say where it hurts.",
        "For the one who hides under the bed when the basket appears.",
        "Four legs, two wings, or none at all.",
        "You know when something is wrong with them.",
    ),
    topics=(
        ("Something is wrong", "Say since when, and what is different: eating, drinking, walking."),
        ("Vaccinations", "Bring the booklet, or ask how to begin one."),
        ("Something swallowed", "Keep the packet, note the time, and call at once."),
        ("Travelling abroad", "Ask months ahead. Some papers take a while."),
        ("Neutering", "Ask at what age, and what the day looks like."),
        ("Teeth", "Lift the lip and have a look. Then ask."),
        ("An old animal", "Ask what makes the days easier."),
    ),
    steps=(
        ("Use a carrier", "With a towel that smells of home."),
        ("Bring the booklet", "And the list of medicines."),
        ("Film it", "A limp or a cough never shows up on the table."),
        ("Note food and drink", "What, how much, since when."),
        ("At night", "Look up which practice of your area is on emergency duty."),
    ),
)
PET_SHOP = Pack(
    taglines=(
        "They have been waiting at the door since you left.",
        "For everybody in the house with fur, fins or feathers.",
        "The bag is empty. They noticed first.",
        "Somebody at home has been very good.",
    ),
    topics=(
        ("Food", "Say the age, the weight, and what did not agree."),
        ("A first animal", "Ask what it needs before you ask what it costs."),
        ("An aquarium", "Ask what comes first. Patience, usually."),
        ("Toys that last", "Say how long the last one survived."),
        ("Leads and carriers", "Bring the animal, or measure chest and length."),
        ("Ordering", "Call before you come if it has to be that one brand."),
        ("Fleas and ticks", "Ask what is safe for yours."),
    ),
    steps=(
        ("Know the weight", "Bathroom scales, twice, with and without."),
        ("Photograph the packet", "Front and back."),
        ("Measure", "Neck, chest, cage, tank."),
        ("Mention illnesses", "Some food is a question for the vet."),
        ("Ask about bringing animals in", "Many are welcome. Ask first."),
    ),
)
GROOMER = Pack(
    taglines=(
        "There is a dog under there.",
        "Wet, dry, fluffy, proud.",
        "It has rolled in something. Again.",
        "A good brush is also a conversation.",
    ),
    topics=(
        ("A first visit", "Say the breed, the age, and what scares them."),
        ("Knots", "Do not cut them out yourself. Skin hides inside."),
        ("Short for summer", "Ask whether it is good for that coat."),
        ("Claws", "Ask how often."),
        ("Nervous animals", "Ask for a quiet hour, and whether you may stay."),
        ("Cats", "Ask first whether they take them."),
        ("Between visits", "Ask which brush, and in which direction."),
    ),
    steps=(
        ("Go for a walk before", "A tired dog is a calm dog."),
        ("Bring a favourite treat", "One that works."),
        ("Bring a photo", "Of the cut you liked."),
        ("Mention sore spots", "Warts, ears, hips."),
        ("Ask how long it takes", "So that nobody has to wait too long."),
    ),
)
DEFAULT = Pack(
    taglines=(
        "Good that you found it.",
        "Ask, and you know.",
        "A name, a door, a number.",
        "Here is what you need to get in touch.",
        "Close by is a good start.",
        "Plain and simple.",
        "Start with a question.",
        "Everything important, on one page.",
    ),
    topics=(
        ("Free dates", "Name yours first, and a second choice."),
        ("Costs", "Ask for a figure that includes everything."),
        ("Getting there", "Ask for the way from where you are."),
        ("Children", "Say how old they are."),
        ("Animals", "Ask before you bring them."),
        ("Special wishes", "Say them early."),
        ("Changing a booking", "Ask until when."),
        ("Something urgent", "Call. It is quicker."),
    ),
    steps=(
        ("Name your date", "And whether it can move."),
        ("Say how many you are", "People and animals."),
        ("Mention what matters", "Stairs, allergies, quiet."),
        ("Ask about the price", "Before you decide."),
        ("Save the contact", "You may want it on the way."),
        ("Say how you travel", "It changes the advice."),
    ),
)
LODGING_PETS = FamilyBank(
    orders=(
        ("about", "visit", "services", "steps", "faq", "cta"),
        ("services", "about", "visit", "steps", "faq", "cta"),
        ("about", "services", "steps", "visit", "faq", "cta"),
        ("visit", "services", "about", "steps", "faq", "cta"),
    ),
    fonts=("warm", "fine", "sturdy"),
    hues=(35, 60, 85, 145, 175, 200, 230, 10),
    services_heading=(
        lines(
            "Before you come",
            "Good things to ask",
            "Ask us about",
            "What people ask first",
            "A few things worth knowing",
            "What would you like to know?",
            "Ask ahead",
            "Questions to begin with",
        ),
    ),
    services_intro=(
        lines(
            "Ask about any of these before you come.",
            "These are the things people ask {category_many} most.",
            "A short question now saves a long face later.",
            "Find yours, and mention it when you get in touch.",
            "No online forms here. Ask a person.",
            "Everybody has their own wishes. Say yours early.",
            "Some of the usual questions, and what to say with them.",
        )
        + lines("It helps to mention these things when you call or write.", needs="phone"),
    ),
    cta_heading=(
        lines(
            "Shall we expect you?",
            "Ask for your date.",
            "See you soon?",
            "Tell us when.",
            "Say hello first.",
            "We would like to hear from you.",
            "Two legs or four: ask.",
            "Get in touch.",
        ),
    ),
    default=DEFAULT,
    packs={
        "guest_house": GUEST_HOUSE,
        "hotel": GUEST_HOUSE,
        "hostel": GUEST_HOUSE,
        "apartment": GUEST_HOUSE,
        "veterinary": VET,
        "pet": PET_SHOP,
        "pet_grooming": GROOMER,
    },
)
