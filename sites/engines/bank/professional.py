"""Offices and services: somebody has papers, a plan or a deadline, and looks for advice."""

from sites.engines.bank.base import FamilyBank, Pack, lines

LAWYER = Pack(
    taglines=(
        "Before you answer that letter.",
        "A deadline is a date with consequences.",
        "Read it twice. Then ask somebody who reads such things for a living.",
        "Being right and getting it are two things.",
    ),
    topics=(
        ("A letter with a deadline", "Note the day it arrived. Keep the envelope."),
        ("A contract", "Before the signature is the best moment."),
        ("Work", "Notice, reference, final settlement: say what came and when."),
        ("Family", "Start with what you want to protect."),
        ("Rent and property", "Bring the contract and the last letters."),
        ("An inheritance", "Ask about time limits first."),
        ("Costs", "Ask what a first conversation costs before it begins."),
    ),
    steps=(
        ("Put it in order", "Letters by date, newest on top."),
        ("Write half a page", "Who, what, when. No more."),
        ("Note the deadlines", "In red, if you like."),
        ("Check your insurance", "A policy may cover it. Have the number ready."),
        ("Sign nothing", "Until you have asked."),
    ),
)
ACCOUNTANT = Pack(
    taglines=(
        "The shoebox is not a filing system.",
        "Numbers calm down once they are sorted.",
        "It is due sooner than you think.",
        "Receipts fade. Deadlines do not.",
    ),
    topics=(
        ("A tax return", "Ask which papers are needed before you start to look."),
        ("Starting a business", "Ask before you choose the form, not after."),
        ("Bookkeeping", "Say how many documents there are in a month."),
        ("Payroll", "How many people, how many hours, how many exceptions?"),
        ("A letter from the tax office", "Note the date it came, and do not answer at once."),
        ("A good year", "Ask in autumn. In spring it is history."),
        ("Changing accountants", "Ask what has to be handed over, and by whom."),
    ),
    steps=(
        ("Find last year's papers", "They are the best list for this year."),
        ("Sort roughly", "In, out, unclear. Unclear may be the largest pile."),
        ("Name the deadline", "If there is one, say it first."),
        ("Write down changes", "Moved, married, new job, new child."),
        ("Ask about the fee", "How it is worked out, and what is included."),
    ),
)
ESTATE_AGENT = Pack(
    taglines=(
        "Four walls, and what they could be.",
        "Every house has a next chapter.",
        "The view is not in the floor plan.",
        "You will know it at the door.",
    ),
    topics=(
        ("Selling", "Year, size, last renovation: that is a beginning."),
        ("Finding something", "Three things that must be, and three that would be nice."),
        ("What it might be worth", "Ask how a figure is reached, not only what it is."),
        ("Letting", "Say who lives there now, and until when."),
        ("Papers", "Ask which ones a buyer will want to see."),
        ("Fees", "Ask who pays what, and when."),
        ("A viewing", "Ask for one by daylight, and one after dark."),
    ),
    steps=(
        ("Find the papers", "Plan, register, energy certificate."),
        ("Photograph honestly", "Also the room with the boxes."),
        ("Name your date", "And what happens if it slips."),
        ("Know your limit", "From your bank, in writing."),
        ("Write a list", "Of what stays and what goes."),
    ),
)
INSURANCE = Pack(
    taglines=(
        "You hope you never need it. That is the idea.",
        "Read the small print with somebody.",
        "Rain is easier with an umbrella.",
        "Covered is a nice word. Ask what it means.",
    ),
    topics=(
        ("A claim", "Photos first, phone call second, cleaning up third."),
        ("House and contents", "Walk through the rooms and add it up once."),
        ("A car", "Distance, parking, drivers: three answers."),
        ("Something new in life", "A child, a house, a dog. Each changes the papers."),
        ("Paying twice", "Bring all your policies. Overlaps are common."),
        ("Ending a contract", "Ask for the date by which it has to arrive."),
        ("A business", "Say what could stop you from working tomorrow."),
    ),
    steps=(
        ("Collect your policies", "Also the ones from your parents' times."),
        ("Have the number ready", "It stands at the top of each letter."),
        ("Photograph the damage", "From near, from far, with the date."),
        ("Write down what happened", "In order, while you remember."),
        ("Ask for it in writing", "Whatever is promised."),
    ),
)
PHOTOGRAPHER = Pack(
    taglines=(
        "One day you will be glad somebody took a picture.",
        "Hold still. No, do not.",
        "Light comes for free. The moment does not wait.",
        "The face you make when you forget the camera.",
    ),
    topics=(
        ("A wedding", "The date first. Then how many hours, and where."),
        ("Passport and applications", "Ask whether to book, and what not to wear."),
        ("Family", "The time of day when the youngest is happy."),
        ("A business", "Say where the pictures will be used."),
        ("Old photos", "Bring them. Ask what can be saved."),
        ("Using the pictures", "Ask what you may do with them, in writing."),
        ("Prints", "Ask how large it can get."),
    ),
    steps=(
        ("Save examples", "Five that you like, and why."),
        ("Name place and hour", "Light decides a lot."),
        ("Choose calm clothes", "Small checks flicker."),
        ("Say what is off limits", "Left side, glasses, feet. It is all right."),
        ("Ask when you get them", "And how many."),
    ),
)
TAILOR = Pack(
    taglines=(
        "It fits when you forget you are wearing it.",
        "Two fingers shorter makes another jacket.",
        "Some clothes deserve a second chance.",
        "Clothes off the rail were made for nobody in particular.",
    ),
    topics=(
        ("Shortening", "Trousers, sleeves, curtains: bring the shoes, too."),
        ("A zip", "Do not force it. Bring it as it is."),
        ("A wedding dress", "Ask months ahead. Twice."),
        ("Taking in and letting out", "There is more cloth inside a seam than one thinks. Ask."),
        ("A hole", "Ask about invisible and about proudly visible."),
        ("Made to measure", "Bring a photo, and an idea of when you will wear it."),
        ("Leather", "Ask first. Not every needle likes it."),
    ),
    steps=(
        ("Wash it first", "Everybody will be grateful."),
        ("Bring the shoes", "The ones you will wear with it."),
        ("Stand as you stand", "Not as you would like to."),
        ("Say when you need it", "And ask for a day in between to try it on."),
        ("Keep old buttons", "And the spare from the inside."),
    ),
)
DRY_CLEANING = Pack(
    taglines=(
        "It was red wine. It is always red wine.",
        "The suit is for Saturday.",
        "Some stains have a long memory.",
        "Do not rub. Bring it.",
    ),
    topics=(
        ("A stain", "Say what it was, and what you have already put on it."),
        ("A suit or a dress", "Say by which day you need it."),
        ("Shirts", "Hanging or folded?"),
        ("A duvet", "Ask whether it fits, and how long it takes."),
        ("Leather and suede", "Ask first whether it can be done."),
        ("Curtains and rugs", "Measure them, and ask."),
        ("Alterations", "Ask whether that can be done on the way."),
    ),
    steps=(
        ("Empty the pockets", "Pens are the worst."),
        ("Read the label", "And show it, if in doubt."),
        ("Point at the stain", "A safety pin marks the spot."),
        ("Keep the ticket", "A photo of it helps."),
        ("Bring the hangers back", "If they are welcome. Ask."),
    ),
)
FUNERAL = Pack(
    taglines=(
        "There is no hurry. There is only the next step.",
        "A farewell can be simple, and still be theirs.",
        "You do not have to know what comes next. You can ask.",
        "One thing at a time.",
    ),
    topics=(
        ("The first hours", "Call a doctor first, if none has come yet. Everything else may wait a little."),
        ("Burial or cremation", "If there was a wish, say so. If not, there is time to think."),
        ("A service", "In a church, outdoors, at home, small or large: say what would fit."),
        ("Papers", "Ask which certificates are needed, and who can get them for you."),
        ("Costs", "Ask for a figure in writing, with each part named."),
        ("From another place", "Ask what is needed when somebody died far from home."),
        ("Planning ahead", "It may be asked about long before. Many people do."),
    ),
    steps=(
        ("Look for their wishes", "A letter, a policy, a talk you remember."),
        ("Find the papers", "Identity card, family register, insurance."),
        ("Have somebody with you", "Two people remember more than one."),
        ("Choose a photo", "It can wait until tomorrow."),
        ("Write down questions", "Small ones are welcome, too."),
    ),
    own={
        "services.heading": (
            lines("What families ask", "What there is to decide", "Questions that come up"),
        ),
        "services.intro": (
            lines(
                "Nobody has to know all this. Ask about what matters to you.",
                "Take from this list what helps, and leave the rest for later.",
                "These are the things most families ask about.",
            ),
        ),
        "services.more": (lines("Anything else may be asked as well.", "The rest can be talked about."),),
        "steps.heading": (lines("What helps in the first days", "If you can, have this at hand"),),
        "steps.intro": (
            lines(
                "None of this is a must. Nothing has to be ready.",
                "Only if you find the strength. Otherwise just ask.",
            ),
        ),
        "about.heading": (lines("Close by", "About us", "In a few words"),),
        "visit.heading": (lines("How to reach us", "The practical part"),),
        "faq.heading": (lines("Questions and answers", "Short answers"),),
        "cta.heading": (lines("You can ask us.", "We are sorry for your loss.", "Take the time you need."),),
        "cta.body": (
            lines("A call is enough.", "You can call and ask, that is all.", needs="phone"),
            lines("A few words by e-mail are enough.", needs="email"),
            lines("The door is there for you."),
        ),
    },
    hues=(250, 230, 165, 150),
)
DEFAULT = Pack(
    taglines=(
        "Better to ask before it gets complicated.",
        "Good advice begins with your question.",
        "Put the papers on the table.",
        "There is a form for everything. And a person.",
        "Think first. Sign later.",
        "One conversation can save a lot of letters.",
        "Start with what you know.",
        "Plain words for complicated things.",
    ),
    topics=(
        ("A first conversation", "Ask how long it takes, and what it costs."),
        ("A deadline", "Say the date before you say anything else."),
        ("Papers", "Ask which ones to bring."),
        ("A quote", "Describe the task in three sentences, and ask."),
        ("Something urgent", "Say so, and say why."),
        ("An existing contract", "Bring it, all pages."),
        ("Changing over to somebody new", "Ask what has to be handed over."),
        ("Meeting", "Ask whether it can also be done by phone."),
    ),
    steps=(
        ("Put it in order", "By date, newest on top."),
        ("Write half a page", "Who, what, when."),
        ("Name the deadline", "If there is one."),
        ("Ask about costs", "At the beginning, not at the end."),
        ("Bring identification", "You may need it."),
        ("Note your questions", "And leave room for the answers."),
    ),
)
PROFESSIONAL = FamilyBank(
    orders=(
        ("about", "services", "steps", "visit", "faq", "cta"),
        ("services", "steps", "about", "visit", "faq", "cta"),
        ("services", "about", "visit", "steps", "faq", "cta"),
        ("about", "visit", "services", "steps", "faq", "cta"),
    ),
    fonts=("fine", "warm", "sturdy"),
    hues=(250, 230, 205, 170, 150, 70, 20, 345),
    services_heading=(
        lines(
            "What is it about?",
            "What people ask {category_a}",
            "Reasons to get in touch",
            "Where shall we start?",
            "Questions worth asking",
            "Begin with the question",
            "Ask us about",
            "Which one is yours?",
        ),
    ),
    services_intro=(
        lines(
            "Ask whether yours is a matter for us.",
            "These are the questions {category_many} hear most.",
            "Find the one that comes closest, and mention it when you get in touch.",
            "This page gives no advice on your case. It helps you ask for it.",
            "You do not need the right term. Describe what happened.",
            "Every case is different, but most of them begin like this.",
            "Say what it is about in a sentence or two. That is enough to start.",
            "A good question saves time on both sides. Some of the usual ones:",
        ),
    ),
    cta_heading=(
        lines(
            "Let us talk it over.",
            "Ask before you sign.",
            "Shall we find a date?",
            "Tell us what it is about.",
            "Begin with a question.",
            "When can we talk?",
            "One conversation first.",
            "Get it off your desk.",
        ),
    ),
    default=DEFAULT,
    packs={
        "lawyer": LAWYER,
        "accountant": ACCOUNTANT,
        "estate_agent": ESTATE_AGENT,
        "insurance": INSURANCE,
        "photographer": PHOTOGRAPHER,
        "funeral_directors": FUNERAL,
        "tailor": TAILOR,
        "dry_cleaning": DRY_CLEANING,
    },
)
