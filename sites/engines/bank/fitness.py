"""Training and lessons: somebody wants to begin, and wonders whether it is too late. It is not."""

from sites.engines.bank.base import FamilyBank, Pack, lines

GYM = Pack(
    taglines=(
        "The hardest weight is the front door.",
        "Nobody is watching. Everybody is counting.",
        "Start badly. Come back.",
        "Sore tomorrow, pleased the day after.",
    ),
    topics=(
        ("A trial", "Ask whether you can try it before you sign."),
        ("Starting from nothing", "Say so. It is the most common level there is."),
        ("Contracts", "Ask how long it runs and how it ends."),
        ("Classes", "Ask for the timetable, and for the one that beginners survive."),
        ("A plan", "Say what you want to be able to do."),
        ("Quiet hours", "Ask when it is empty."),
        ("Old injuries", "Mention them before the first weight."),
    ),
    steps=(
        ("Bring clean shoes", "Light soles, no street dust."),
        ("Bring a towel and a lock", "Two things everybody forgets."),
        ("Eat a little before", "A banana, not a lasagne."),
        ("Ask a doctor", "If you have not moved for years or take medicines."),
        ("Pick two days", "The same two, every week."),
    ),
)
YOGA = Pack(
    taglines=(
        "Breathe in. That was the hard part.",
        "You do not have to touch your toes.",
        "A mat is all the room you need.",
        "Stillness takes practice.",
    ),
    topics=(
        ("A first class", "Ask which one suits people who have never done it."),
        ("Styles", "Slow, strong or hot: ask what hides behind the name."),
        ("Mats", "Ask whether there are some to borrow."),
        ("Expecting a child", "Say in which month, and ask which classes fit."),
        ("A sore back", "Tell the teacher before, not after."),
        ("Single classes and cards", "Ask how long a card is valid."),
        ("Evenings and mornings", "Ask which hours are the calm ones."),
    ),
    steps=(
        ("Eat early", "Two hours before is about right."),
        ("Come a little early", "Doors close when it gets quiet."),
        ("Wear something soft", "In which you can bend and lie."),
        ("Leave the phone outside", "It needs a rest as well."),
        ("Mention injuries", "Quietly, at the beginning."),
    ),
)
DANCE = Pack(
    taglines=(
        "Left, right, and somehow around.",
        "Two left feet are welcome in any beginner's class.",
        "The music starts whether you are ready or not.",
        "Count to four. The rest is courage.",
    ),
    topics=(
        ("Without a partner", "Ask which classes work alone."),
        ("A wedding dance", "Say the date and the song. Ask how many hours it takes."),
        ("Children", "Ask at what age they start."),
        ("A first lesson", "Ask whether you may watch or try."),
        ("Shoes", "Ask what sole is right before you buy any."),
        ("Beginning in the middle", "Ask whether you can join a running course."),
        ("Styles", "Say which music makes your foot tap."),
    ),
    steps=(
        ("Wear smooth soles", "Rubber sticks when you turn."),
        ("Bring water", "You will see."),
        ("Come together", "Or ask for a partner beforehand."),
        ("Be early the first time", "Names, shoes, nerves: it takes a while."),
        ("Try it in the kitchen", "It has the right floor."),
    ),
)
LANGUAGE_SCHOOL = Pack(
    taglines=(
        "Say it wrong. Then say it again.",
        "A language is a door with a funny handle.",
        "Mistakes are the fastest teachers.",
        "For holidays, for work, for the in-laws.",
    ),
    topics=(
        ("Your level", "Ask for a short test. Guessing is usually too modest."),
        ("Groups", "Ask how many people sit in one."),
        ("One to one", "Say what you need it for, and by when."),
        ("Certificates", "Name the exam and the date."),
        ("For a company", "How many people, how many levels, which hours?"),
        ("Children and school", "Bring the book they use."),
        ("Joining later", "Ask whether you can begin in the middle."),
    ),
    steps=(
        ("Say why", "Travel, love, work, exam: each is another course."),
        ("Be honest about homework", "How many minutes will it really be?"),
        ("Bring old certificates", "If you can find them."),
        ("Choose fixed evenings", "And tell your friends."),
        ("Speak from the start", "It is supposed to feel odd."),
    ),
)
CHILDCARE = Pack(
    taglines=(
        "Small shoes in a long row.",
        "The first goodbye is the longest.",
        "Mud washes out.",
        "What did you do today? Played.",
    ),
    topics=(
        ("A place", "Ask about the list, and when decisions are made."),
        ("Age", "Ask from when on, and until when."),
        ("The first weeks", "Ask how settling in is done, and how much time you need."),
        ("Hours", "Say when your work begins and how long the way is."),
        ("Food", "Mention allergies and habits."),
        ("Costs", "Ask what is included, and what the town pays."),
        ("A visit", "Ask whether you may see the rooms on a normal day."),
    ),
    steps=(
        ("Ask early", "Earlier than seems sensible."),
        ("Write down the routine", "Sleep, food, the song that helps."),
        ("Bring the vaccination card", "You may be asked for it."),
        ("Pack a favourite thing", "One that may get lost, just in case."),
        ("Plan two free weeks", "For settling in."),
    ),
)
DEFAULT = Pack(
    taglines=(
        "Begin. The rest is repetition.",
        "Everybody in the room was new once.",
        "It is not too late. It rarely is.",
        "Once a week changes a year.",
        "Practice is a nice word for starting again.",
        "Come as you are. Leave a little better.",
        "The first time is the longest way.",
        "Something to look forward to on Tuesdays.",
    ),
    topics=(
        ("A first visit", "Ask whether you can try it out."),
        ("Your level", "Say what you can do. Also if it is nothing yet."),
        ("Times", "Ask for the timetable."),
        ("Costs", "Ask what a month adds up to."),
        ("Contracts", "Ask how long, and how to end it."),
        ("Children", "Ask from what age on."),
        ("What to bring", "Ask before you buy anything."),
        ("Groups", "Ask how large they are."),
    ),
    steps=(
        ("Name your goal", "One sentence is plenty."),
        ("Pick a fixed day", "The same one every week."),
        ("Come a little early", "The first time takes longer."),
        ("Mention old injuries", "Before you begin."),
        ("Bring water", "And something comfortable to wear."),
        ("Ask for a trial", "Before you sign anything."),
    ),
)
FITNESS = FamilyBank(
    orders=(
        ("services", "steps", "about", "visit", "faq", "cta"),
        ("about", "services", "visit", "steps", "faq", "cta"),
        ("steps", "services", "visit", "about", "faq", "cta"),
        ("services", "visit", "about", "steps", "faq", "cta"),
    ),
    fonts=("sturdy", "sturdy", "warm"),
    hues=(30, 55, 130, 160, 190, 220, 250, 345),
    services_heading=(
        lines(
            "What newcomers ask",
            "Before the first time",
            "Ask us about",
            "New here?",
            "Good questions to begin with",
            "What people ask {category_a}",
            "Not sure yet?",
            "Ask first, start after",
        ),
    ),
    services_intro=(
        lines(
            "Ask about any of these before you commit to anything.",
            "The first step is a question. These are the usual ones.",
            "Nobody knows all this before they start. Ask.",
            "There is no timetable on this page. Ask for the current one.",
            "Find your question, and bring it along.",
            "Everybody who is good at it asked these things once.",
            "A few questions now make the first hour easier.",
            "These are the things {category_many} get asked most.",
        ),
    ),
    cta_heading=(
        lines(
            "Shall we begin?",
            "Come and try.",
            "See you next week?",
            "Ask for a first time.",
            "Pick a day.",
            "Your turn.",
            "Start somewhere.",
            "When do you have time?",
        ),
    ),
    default=DEFAULT,
    packs={
        "gym": GYM,
        "yoga": YOGA,
        "dance": DANCE,
        "language_school": LANGUAGE_SCHOOL,
        "childcare": CHILDCARE,
    },
)
