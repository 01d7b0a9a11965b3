"""Hair, skin and nails: somebody wants to look like themselves on a good day."""

from sites.engines.bank.base import FamilyBank, Pack, lines

HAIRDRESSER = Pack(
    taglines=(
        "You, on a good day.",
        "A little shorter. Or a lot.",
        "Hair grows back. Courage is optional.",
        "For the day you look in the mirror and say: enough.",
        "The fringe was not a good idea at home.",
    ),
    topics=(
        ("A new cut", "Bring a photo of what you like, and one of what you do not."),
        ("Highlights or a new shade", "Say what is in your hair already, home dye included."),
        ("Grey hair", "Cover it, blend it, or let it shine: all three are plans."),
        ("Hair for a wedding", "Ask about a trial, and bring a photo of the dress."),
        ("Curls", "Come with them dry and as they fall on a normal day."),
        ("Children", "Ask for a quiet hour. It helps everybody in the room."),
        ("Thin or tired hair", "Say what you wash it with and how often."),
        ("Growing it out", "Even the long way needs a trim now and then."),
    ),
    steps=(
        ("Collect three photos", "Front, side, back. Different people, same idea."),
        ("Be honest about mornings", "How long will you spend on it? The cut has to fit that."),
        ("Name the old dye", "What was used, and when. It decides what is possible."),
        ("Ask how long it takes", "Some changes need an hour, some an afternoon."),
        ("Mention allergies", "Before anything touches your skin."),
    ),
)
BARBER = Pack(
    taglines=(
        "Straight lines. The rest is conversation.",
        "The neck decides whether it looks done.",
        "A beard is a project.",
        "Between two cuts there are about four weeks and one bad morning.",
    ),
    topics=(
        ("A fade", "Say how high and how short. A photo from behind is worth most."),
        ("The beard", "Bring it as it grows. Trimming beforehand hides the shape."),
        ("A shave", "Say if your skin is easily annoyed."),
        ("A first cut for a boy", "Ask for a quiet hour and bring a favourite toy."),
        ("Thinning on top", "It is a question of shape. Say it openly."),
        ("Before a wedding", "Come a few days earlier, not the same morning."),
        ("Walking in", "Ask whether that works, and which hours are calm."),
    ),
    steps=(
        ("Know your number", "The guard length of last time, if you remember it."),
        ("Bring a photo", "Of yourself on a day when it was right."),
        ("Come unstyled", "Wax and gel hide how it falls."),
        ("Say how it should grow out", "Two weeks later is part of the cut."),
        ("Set the next date", "While you are there, if you liked it."),
    ),
)
BEAUTY_SALON = Pack(
    taglines=(
        "One hour in which nobody wants anything from you.",
        "Skin remembers how you treat it.",
        "Close the door. Put the phone away.",
        "A pause is also a plan.",
    ),
    topics=(
        ("A facial", "Say what you use at home, and what your skin did not forgive."),
        ("Brows and lashes", "Bring a photo of a shape you like on a face like yours."),
        ("Waxing", "Ask how long hair should be, and what to avoid the day before."),
        ("Sensitive skin", "Mention it when you book, not when you lie down."),
        ("Make-up for a day", "Date, time, dress, and how much of you should stay visible."),
        ("A gift", "Ask for a voucher if choosing for others is hard."),
        ("How often", "Ask what makes sense for you. Sometimes less does."),
    ),
    steps=(
        ("List your products", "Or photograph the shelf. It is quicker than remembering."),
        ("Mention medicines", "Some make skin react. It stays between you and the person who asks."),
        ("Come without make-up", "Or allow a few minutes to take it off."),
        ("Plan the hours after", "Sun, sport and sauna can usually wait a day. Ask."),
        ("Say what you expect", "A rest, a result, or both."),
    ),
)
NAILS = Pack(
    taglines=(
        "Ten small reasons to look at your hands.",
        "Handshakes, keyboards, rings: hands are always on show.",
        "The detail everybody notices second.",
        "Shape, shade, shine.",
    ),
    topics=(
        ("Gel, acrylic or plain polish", "Say how long it should last and what your hands do all day."),
        ("A broken nail", "Do not cut it. Cover it and call."),
        ("Taking off an old set", "Say what it is and who put it on."),
        ("Feet", "Ask what is included before summer does."),
        ("A shape", "Round, square, almond: a photo helps."),
        ("A pattern", "Save pictures. Ask how long it would take."),
        ("Weak nails", "Say since when. There are weeks for colour and weeks for rest."),
    ),
    steps=(
        ("Say what you do", "Gardening and guitar strings change the advice."),
        ("Bring the shade", "A bottle, a photo, the dress itself."),
        ("Mention allergies", "Especially to glue, latex or certain resins."),
        ("Allow time", "Hurry is the enemy of a clean edge."),
        ("Ask about repairs", "What happens if one breaks in the first week?"),
    ),
)
TATTOO = Pack(
    taglines=(
        "Think it over. Then think it over once more.",
        "An idea you will carry for good.",
        "Skin is a patient kind of paper.",
        "Good ideas survive a night's sleep.",
    ),
    topics=(
        ("A first tattoo", "Say what it should mean, where it should sit and how large."),
        ("Lettering", "Have somebody else check the spelling. Then check it again."),
        ("A cover-up", "A sharp photo of the old one, taken by daylight."),
        ("A large piece", "It takes several sessions. Ask how they are planned."),
        ("A design of your own", "Bring the drawing, and be open about changes."),
        ("Sensitive places", "Ask what hurts more and heals slower."),
        ("Aftercare", "Ask what the first two weeks look like."),
    ),
    steps=(
        ("Collect references", "Style first, motif second."),
        ("Measure the place", "Width and height, on the skin, standing up."),
        ("Sleep and eat", "Come rested and fed. No alcohol the day before."),
        ("Mention your health", "Medicines, allergies and skin conditions matter here."),
        ("Bring identification", "You have to be of age, and may be asked to show it."),
    ),
)
MASSAGE = Pack(
    taglines=(
        "Shoulders down.",
        "Somewhere under the neck sits the whole week.",
        "An hour without a screen.",
        "Your back has been meaning to talk to you.",
    ),
    topics=(
        ("A stiff neck", "Since when, and on which side is it worse?"),
        ("A sore back", "Sitting, lifting or sleeping: when do you feel it?"),
        ("Rest, plain and simple", "Say so. It is a perfectly good reason."),
        ("Pressure", "Soft or firm: say it before, and again during."),
        ("After sport", "Which muscles, and when is the next training?"),
        ("Expecting a child", "Say in which month, and ask what is possible."),
        ("A voucher", "A good present for people who say they need nothing."),
    ),
    steps=(
        ("Eat lightly", "An hour or two before is fine."),
        ("Mention illnesses", "Also recent operations. Some pauses are wise."),
        ("Be there a little early", "Rushing in undoes half of it."),
        ("Ask what to wear", "And what is provided."),
        ("Keep the hour after free", "Nothing is so nice as not having to hurry."),
    ),
)
DEFAULT = Pack(
    taglines=(
        "Take an hour. You know who it is for.",
        "Small things make the difference.",
        "For the face in the mirror.",
        "Some appointments one looks forward to.",
        "You will notice it. Others will wonder.",
        "Nothing loud. Just right.",
        "Sit back for once.",
        "Look after yourself. It shows.",
    ),
    topics=(
        ("A first visit", "Say what brings you. There is no wrong way to put it."),
        ("An occasion", "Name the date early. Good hours go first."),
        ("Sensitive skin", "Say what it did not like in the past."),
        ("How long it takes", "Ask, so that nobody has to look at the clock."),
        ("What to do at home", "Ask for one thing. One thing gets done."),
        ("A gift", "Ask whether there are vouchers."),
        ("Changing a date", "Life happens. Call as soon as you know."),
        ("A second opinion", "Not happy with a result from elsewhere? Say what went wrong."),
    ),
    steps=(
        ("Bring a picture", "Of what you like. It replaces a lot of adjectives."),
        ("Name what you use", "Products, dyes, creams: it all counts."),
        ("Mention allergies", "Before anything is opened."),
        ("Say what you can keep up", "The daily minutes you really have."),
        ("Ask about the time", "So that the meter and the children can wait."),
        ("Be on time", "It is your hour. Take all of it."),
    ),
)
BEAUTY = FamilyBank(
    orders=(
        ("about", "services", "visit", "steps", "faq", "cta"),
        ("services", "about", "visit", "steps", "faq", "cta"),
        ("services", "steps", "visit", "about", "faq", "cta"),
        ("visit", "about", "services", "steps", "faq", "cta"),
    ),
    fonts=("fine", "fine", "warm"),
    hues=(345, 10, 175, 200, 150, 235, 60, 320),
    services_heading=(
        lines(
            "What would you like to change?",
            "Things to talk about",
            "Ask us about",
            "Bring your wish",
            "What people ask {category_a}",
            "Tell us what you have in mind",
            "Start with an idea",
            "Where shall we begin?",
        ),
    ),
    services_intro=(
        lines(
            "There is no price list here. Ask about what you have in mind, and what it would take.",
            "Pick the one that sounds like you, and mention it when you book.",
            "These are the things people ask {category_many} about. Ask whether we do yours.",
            "A wish is enough to start with. The right words come in the chair.",
            "A good result starts with a good question. Some of the usual ones:",
            "Say what you want, what you had, and what you never want again.",
            "You do not have to know what it is called. Describe it.",
            "Ask before you book, and you will both know how much time to plan.",
        ),
    ),
    cta_heading=(
        lines(
            "Time for you.",
            "Shall we find an hour?",
            "Ask for an appointment.",
            "Your turn.",
            "When suits you?",
            "Treat yourself to a date.",
            "Ready for a change?",
            "Say hello first.",
        ),
    ),
    default=DEFAULT,
    packs={
        "hairdresser": HAIRDRESSER,
        "barber": BARBER,
        "beauty": BEAUTY_SALON,
        "nails": NAILS,
        "tattoo": TATTOO,
        "massage": MASSAGE,
        "spa": MASSAGE,
    },
)
