"""Lines that are true of any business whose facts they need: where, when and how to reach it."""

from sites.engines.bank.base import Slot, call, line, lines

HERO_HEADING: Slot = (
    lines("{name}"),
    lines("{category} in {city}"),
    lines("{category}"),
)
KICKER: Slot = (
    lines("{category} in {city}"),
    lines("{category}"),
)

# Printed after a tagline, so each of them begins afresh.
LEDE: Slot = (
    (
        line("{name} is {category_a} in {city}. Call {phone_display} or come to {address}."),
        line("You will find {name} at {address} in {city}. The number is {phone_display}."),
        line(
            "Looking for {category_a} in {city}? {name} is at {address}, and the phone number is {phone_display}."
        ),
        line("{name}, {address}, {city}. Call {phone_display} and say what you need."),
        line("In {city}, {name} has its door at {address} and its phone on {phone_display}."),
        line("Need {category_a} in {city}? Call {name} on {phone_display}, or drop in at {address}."),
        line("{address} is the door, {phone_display} is the number. That is {name}, {category_a} in {city}."),
        line(
            "{name} is the {category_lower} at {address} in {city}. One call to {phone_display} and you can ask."
        ),
        line("This is {name}, {category_a} in {city}. Save {phone_display}, or note the address: {address}."),
    ),
    (
        line("{name} is {category_a} in {city}. The number to call is {phone_display}."),
        line("Need {category_a} in {city}? Call {name} on {phone_display}."),
        line("Looking for {category_a} in {city}? This is {name}, and the phone number is {phone_display}."),
        line("Call {phone_display} and you reach {name}, {category_a} in {city}."),
        line("Save the number: {phone_display}. It belongs to {name}, {category_a} in {city}."),
        line("{name} is based in {city}. Call {phone_display} and say what you need."),
        line("In {city}, {phone_display} is the number of {name}. Call and ask."),
        line("This is {name}, {category_a} in {city}. One call to {phone_display} and you can ask."),
    ),
    (
        line("{name} is {category_a} at {address} in {city}. Come by and ask."),
        line("You will find {name} at {address} in {city}. The opening times are below.", "hours"),
        line("Looking for {category_a} in {city}? {name} is at {address}."),
        line("{address} is the door of {name}, {category_a} in {city}."),
        line("In {city}, go to {address}: that is where {name} is."),
        line("This is {name}, {category_a} in {city}. The address is {address}."),
        line("Need {category_a} in {city}? Go to {address} and ask for {name}."),
    ),
    (
        line("{name} is {category_a}. Call {phone_display} and say what you need."),
        line("Need {category_a}? The number of {name} is {phone_display}."),
        line("Looking for {category_a}? Call {name} on {phone_display}."),
        line("Save the number: {phone_display}. It belongs to {name}, {category_a}."),
        line("Call {phone_display} and you reach {name}, {category_a}."),
        line("This is {name}, {category_a}. One call to {phone_display} and you can ask."),
    ),
    (
        line("{name} is {category_a}. Come by: the address is {address}."),
        line("Looking for {category_a}? {name} is at {address}."),
        line("{address} is the door of {name}, {category_a}."),
        line("You will find {name} at {address}."),
        line("This is {name}, {category_a}. The address is {address}."),
    ),
    (
        line("{name} is {category_a}. Write to {email} and say what you need."),
        line("Looking for {category_a}? Write to {name} at {email}."),
        line("The address for questions to {name} is {email}."),
        line("This is {name}, {category_a}. Write to {email} and ask."),
        line("Need {category_a}? {name} can be reached at {email}."),
    ),
)

CALL: Slot = (
    (
        call("Call {phone_display}"),
        call("Phone {phone_display}"),
        call("Call us on {phone_display}"),
        call("Ask on {phone_display}"),
        call("Talk to us: {phone_display}"),
    ),
)
WRITE: Slot = (
    (
        call("Send an e-mail", "email"),
        call("Write to us", "email"),
        call("Write an e-mail", "email"),
        call("Ask by e-mail", "email"),
        call("Send us a line", "email"),
    ),
)
FIND: Slot = (
    (
        call("See it on the map", "address"),
        call("Find us on the map", "address"),
        call("Open the map", "address"),
        call("Show me the way", "address"),
        call("Where is it?", "address"),
    ),
)

SERVICES_MORE: Slot = (
    lines(
        "Not on the list? Ask anyway.",
        "Something else? Say it in your own words.",
        "Yours is not here? It may still be an easy one.",
        "Anything stranger than that is worth a question too.",
        "If it fits none of these, just tell it as it is.",
        "The list is short. Your question may be longer.",
        "There is always one that is on no list. Ask.",
        "Missing something? A short question settles it.",
        "And if it is something else altogether, ask about that.",
        "The rest is best asked in person.",
        "No question is too small to ask.",
        "Anything else, just ask.",
    ),
)

STEPS_HEADING: Slot = (
    lines(
        "Before you call",
        "Have this ready when you call",
        "A better phone call",
        "Good to know before you call",
        "What helps us help you",
        "Make the call count",
        "Ready before you dial",
        "Worth a minute before the call",
        needs="phone",
    ),
    lines(
        "Before you come",
        "Good to know before you visit",
        "Before you set out",
        "Make the visit count",
        "Worth a minute before you leave home",
        needs="address",
    ),
    lines(
        "Before you write",
        "What to put in your message",
        "A message that gets an answer",
        "Worth a minute before you write",
        "Good to know before you write",
        needs="email",
    ),
)
STEPS_INTRO: Slot = (
    (
        line("A little preparation makes for a short conversation and a straight answer."),
        line("None of this is a must. It simply saves a second round."),
        line("A minute of looking saves ten minutes of guessing."),
        line("The clearer the question, the better the answer."),
        line("You can call without any of it. With it, things move faster.", "phone"),
        line("Small details, and they are usually the ones that matter."),
        line("This is what anybody in the trade would ask you first."),
        line("Nobody expects a full report. These few points are plenty."),
        line("Jot these down before you dial and you will not have to hunt for them later.", "phone"),
    ),
)

ABOUT_HEADING: Slot = (
    lines(
        "Close to home",
        "A name and a place",
        "The short version",
        "Good to know",
        "In a few words",
        "About us",
        "Who and where",
        "In short",
        "The essentials",
        "Just the facts",
        "Nice to meet you",
        "Say hello",
    ),
)
ABOUT_PLACE: Slot = (
    (
        line("{name} is {category_a} at {address} in {city}."),
        line("The place is {address} in {city}. The name is {name}."),
        line("In {city}, at {address}, you will find {name}."),
        line("{name} is part of {city}. The address is {address}."),
        line("Ask for {address} in {city} and you are at {name}."),
        line("{city}, {address}: that is where you find {name}."),
        line("{name} has an address you can walk up to: {address}, {city}."),
        line("Look for {name} at {address}. That is in {city}."),
    ),
    (
        line("{name} is {category_a} in {city}."),
        line("{city} is home to {name}, {category_a}."),
        line("{name} is at home in {city}."),
        line("The name is {name}, the place is {city}."),
        line("{name} belongs to {city}."),
        line("In {city}, the name is {name}."),
    ),
    (
        line("{name} is {category_a}."),
        line("The name is {name}, the trade is in the headline."),
        line("This is the page of {name}, {category_a}."),
        line("{name}: {category_a}, and this is its page."),
        line("You are looking at the page of {name}."),
    ),
)
ABOUT_HOURS: Slot = (
    (
        line("It is the same every day of the week: open {open_daily}."),
        line("Any day of the week it is open {open_daily}."),
        line("Monday or Sunday, it makes no difference: open {open_daily}."),
        line("Only one thing to remember, whatever the day: open {open_daily}."),
        line("Seven days a week it is open {open_daily}."),
    ),
    (
        line("On weekdays the door is open {open_weekdays}, on Saturdays {open_saturday}."),
        line("On weekdays it is {open_weekdays}, and there is Saturday too: {open_saturday}."),
        line("Monday to Friday it is {open_weekdays}. On Saturday it is {open_saturday}."),
        line("If weekdays ({open_weekdays}) do not suit you, there is Saturday: {open_saturday}."),
        line("Come Monday to Friday, {open_weekdays}, or on Saturday, {open_saturday}."),
        line("Open {open_weekdays} through the working week and {open_saturday} on Saturdays."),
    ),
    (
        line("Monday to Friday, the hours are {open_weekdays}."),
        line("The working week is covered: Monday to Friday, {open_weekdays}."),
        line("From Monday to Friday the times are {open_weekdays}."),
        line("Weekdays it is open {open_weekdays}. The table on this page has the whole week."),
        line("On any weekday you can count on {open_weekdays}."),
    ),
    lines(
        "The hours of each day are in the table on this page.",
        "When to come? The table on this page goes through the week, day by day.",
        "Have a look at the table of opening hours before you set out.",
        "The opening hours are listed day by day on this page.",
        "For the opening hours there is a table on this page, with every day in it.",
        "Pick your day: the opening hours are on this page, from Monday to Sunday.",
        needs="hours",
    ),
    lines(
        "Opening hours are not listed here yet, so call before you set out.",
        "Ask about the opening hours when you call.",
        "Please call first to hear when somebody is there.",
        "A short call tells you when to come.",
        "Call ahead and ask which times suit.",
        needs="phone",
    ),
    lines(
        "Opening hours are not listed here yet.",
        "The opening hours are still missing from this page.",
        "This page does not list opening hours yet.",
        "Times are not on this page yet.",
        "We have left the opening hours out until they are certain.",
    ),
)
ABOUT_CONTACT: Slot = (
    lines(
        "Call {phone_display} to talk, or write to {email} if that suits you better.",
        "There are two ways to ask: {phone_display} by phone, {email} in writing.",
        "For a quick question there is {phone_display}. For a longer one, {email}.",
        "Rather write than talk? The e-mail address is {email}. Otherwise call {phone_display}.",
        "Pick up the phone, {phone_display}, or put it in writing: {email}.",
        "By phone it is {phone_display}, by e-mail {email}.",
    ),
    lines(
        "If you have a question, the number is {phone_display}.",
        "Anything else is best asked on the phone: {phone_display}.",
        "For everything that is not on this page, call {phone_display}.",
        "One number for every question: {phone_display}.",
        "The phone number is {phone_display}. Keep it somewhere handy.",
        "Write it down or tap it: {phone_display}.",
    ),
    lines(
        "Questions go to {email}.",
        "The e-mail address is {email}.",
        "Write to {email} with anything that is not on this page.",
        "For everything else there is {email}.",
        "If you have a question, send it to {email}.",
    ),
    lines(
        "There is no phone number on this page yet: the door is the way in.",
        "The best way to ask is in person.",
        "Come by and ask in person.",
        "For questions, the door is the right place.",
        "No forms here: come in and ask.",
        needs="address",
    ),
)

VISIT_HEADING: Slot = (
    lines(
        "When and where",
        "Hours and address",
        "Come and see us",
        "Where to find us, and when",
        "The address and the hours",
        "Open, and where",
        "Plan your visit",
        "The practical part",
        needs="hours address",
    ),
    lines(
        "When to reach us",
        "Opening hours",
        "The hours",
        "When we are open",
        "The week at a glance",
        needs="hours",
    ),
    lines(
        "Where to find us",
        "The address",
        "How to get to us",
        "Find us here",
        "On the map",
        needs="address",
    ),
    lines(
        "How to reach us",
        "Get in touch",
        "Contact",
        "The way to reach us",
        "Talk to us",
    ),
)
VISIT_BODY: Slot = (
    lines(
        "Closed on public holidays. On every other day the table holds.",
        "One exception: on public holidays the door stays shut.",
        "Please note that public holidays are days off.",
        "Public holidays are days off, whatever the table says.",
        "The table does not apply on public holidays: closed then.",
        needs="closed_holidays hours",
    ),
    lines(
        "There is a break at midday, {midday_break}. Time your visit around it.",
        "Mind the midday break on weekdays: {midday_break}.",
        "On weekdays there is a pause from {midday_break}.",
        "Around midday the door is shut for a while: {midday_break} on weekdays.",
        "From {midday_break} on weekdays, the door is shut.",
    ),
    lines(
        "The weekend is quiet: closed on Saturday and Sunday.",
        "Plan for a weekday, because Saturday and Sunday are days off.",
        "Saturday and Sunday are days off.",
        "Best on a weekday: the weekend is closed.",
        "It is weekdays only, with Saturday and Sunday off.",
        needs="closed_weekend",
    ),
    lines(
        "Closed on Sundays. Every other day is in the table.",
        "Sunday is the day off.",
        "Any day but Sunday: here are the times.",
        "Sundays are for resting, so pick another day.",
        "From Monday to Saturday there is somebody to ask. Sunday is off.",
        needs="closed_only_sunday",
    ),
    lines(
        "Closed on Sundays. The table has the rest of the week.",
        "On Sunday the door stays shut. For the other days, see the table.",
        "Not on a Sunday, please. The table says which days suit.",
        "Mind the days off in the table. Sunday is one of them.",
        "Sunday is a day off, and the table has the whole week.",
        needs="closed_sunday",
    ),
    lines(
        "Open on Sundays too: see the table.",
        "Sunday is in the table as well.",
        "Yes, there are Sunday hours too.",
        "Even Sunday has its hours.",
        "The table includes Sunday.",
        needs="open_sunday",
    ),
    lines(
        "A quick look at the table before you set out saves a wasted trip.",
        "Check the day before you set out.",
        "The times for each day, at a glance.",
        "Here is the week, day by day.",
        "All the times in one place.",
        needs="hours",
    ),
    lines(
        "Opening hours are not on this page yet. Call before you set out.",
        "Call ahead, and you will not stand in front of a closed door.",
        "Ask for the opening hours when you call.",
        "Before you set out, a short call helps.",
        "The times are best asked by phone.",
        needs="phone",
    ),
    lines(
        "Opening hours are not on this page yet.",
        "The opening hours will follow.",
        "This page has no opening hours yet.",
        "We print the hours once they are certain.",
        "Hours still to come.",
    ),
)

FAQ_HEADING: Slot = (
    lines(
        "Questions people ask",
        "Asked and answered",
        "Before you ask",
        "Short answers",
        "Good questions",
        "In case you are wondering",
        "The usual questions",
        "You may be wondering",
    ),
)

CTA_BODY: Slot = (
    lines(
        "One call and you know more.",
        "Say your name, say what it is about, and ask away.",
        "It takes a minute to ask.",
        "No form to fill in. Just a phone number.",
        "Pick up the phone and ask. That is all there is to it.",
        "A short call now beats a long search later.",
        "Tap the number on a phone and it dials for you.",
        "You bring the question. Start with the phone.",
        needs="phone",
    ),
    lines(
        "A short message is enough to start with.",
        "Write two lines and say how to reach you.",
        "Put your question in a message and send it.",
        "Say what it is about and leave a number.",
        "A few words by e-mail will do.",
        needs="email",
    ),
    lines(
        "The door is the best place to start.",
        "Come in and ask.",
        "Drop by when it suits you.",
        "See for yourself.",
        "Stop by and have a look.",
    ),
)

TITLE: Slot = (
    lines(
        "{name}: {category_lower} in {city}",
        "{name}, {category_lower} in {city}",
        "{name} | {category} in {city}",
        "{category} in {city}: {name}",
        "{name} in {city} | {category}",
    ),
    lines("{name} | {city}", "{name}, {city}", "{name} in {city}"),
    lines("{name} | {category}", "{name}, {category_lower}", "{name}: {category_lower}"),
    lines("{category} in {city}"),
    lines("{name}"),
    lines("{category}"),
)
DESCRIPTION: Slot = (
    lines(
        "{name}, {category_a} in {city}: address, phone number and opening hours on one page. Call {phone_display}.",
        "Looking for {category_a} in {city}? {name} is at {address}. Opening hours, map and phone: {phone_display}.",
        "{category} in {city}: {name}, {address}. Call {phone_display} or check the opening hours here.",
        "Everything you need to reach {name} in {city}: {address}, {phone_display}, and the opening hours.",
        "{name} at {address} in {city}. Opening hours for every day, the map and the number: {phone_display}.",
        needs="hours address phone",
    ),
    lines(
        "{name}, {category_a} in {city}. The phone number is {phone_display}; the address and more are on this page.",
        "Looking for {category_a} in {city}? {name} is at {address}. Call {phone_display} with your question.",
        "{category} in {city}: {name}, {address}. Phone {phone_display}. What to ask and how to get there.",
        "How to reach {name} in {city}: {address}, phone {phone_display}, and a map to show you the way.",
        needs="address phone",
    ),
    lines(
        "{name} is {category_a} in {city}. Call {phone_display}, and see what is good to have ready first.",
        "Looking for {category_a} in {city}? The number of {name} is {phone_display}. What to ask is on this page.",
        "{category} in {city}: {name}. Phone {phone_display}. What people ask, and how to prepare the call.",
        "Need {category_a} in {city}? Call {name} on {phone_display}. Good questions to ask are on this page.",
    ),
    lines(
        "{name} is {category_a} in {city}. Where to find it, how to reach it and what to ask, on one page.",
        "How to find and reach {name}, {category_a} in {city}: the address, the map and good questions to ask.",
        "{category} in {city}: {name}. How to get there, what to ask and what to bring, on one short page.",
    ),
    lines(
        "{name} is {category_a}. How to reach it, what to ask and what to have ready, all on one page.",
        "How to reach {name}, {category_a}: the contact details, and good questions to ask, on one page.",
        "{name}: {category_lower}. The contact details, the usual questions and how to prepare, on one page.",
    ),
    lines(
        "How to reach this {category_lower}, what people usually ask, and what is good to have ready first.",
        "The contact details of this {category_lower}, with the usual questions and short, plain answers.",
    ),
)
