"""Questions that visitors of any business have, with answers that only its facts give."""

from sites.engines.bank.base import Question, line

QUESTIONS: tuple[Question, ...] = (
    (
        (line("Where are you?"), line("At {address}, {locality}. The map link is next to the address.")),
        (line("What is the address?"), line("{address}, {locality}. The link beside it opens a map.")),
        (
            line("How do I find you?"),
            line("The address is {address}, {locality}. Tap the map link to see the way."),
        ),
        (line("Which street is it?"), line("{street}. The full address is {address}, {locality}.")),
        (line("Where do I have to go?"), line("To {address}, {locality}. There is a map link on this page.")),
    ),
    (
        (line("Are you open on Saturdays?"), line("Yes: {open_saturday}.")),
        (line("Can I come on a Saturday?"), line("You can. Saturday hours are {open_saturday}.")),
        (line("What about Saturday?"), line("Saturday is a working day here: {open_saturday}.")),
        (line("Is Saturday possible?"), line("Yes, {open_saturday}.")),
        (line("Do you work on Saturdays?"), line("Yes. On Saturdays the hours are {open_saturday}.")),
    ),
    (
        (
            line("Are you open at the weekend?"),
            line("No, Saturday and Sunday are days off.", "closed_weekend"),
        ),
        (
            line("Can I come at the weekend?"),
            line("Please pick a weekday. Saturday and Sunday are closed.", "closed_weekend"),
        ),
        (
            line("What about weekends?"),
            line("The weekend is closed. Weekday hours are in the table.", "closed_weekend"),
        ),
        (
            line("Is there anybody there on Saturday?"),
            line("No. It is closed on Saturdays and Sundays.", "closed_weekend"),
        ),
        (
            line("Do you open on Saturdays?"),
            line("No, the week runs from Monday to Friday at most.", "closed_weekend"),
        ),
    ),
    (
        (line("Are you open on Sundays?"), line("Yes, Sunday hours are {open_sunday}.")),
        (line("Can I come on a Sunday?"), line("Yes: {open_sunday}.")),
        (line("What about Sunday?"), line("Sunday has hours too: {open_sunday}.")),
        (line("Is Sunday possible?"), line("It is, {open_sunday}.")),
        (line("Do you close on Sundays?"), line("No. On Sundays the hours are {open_sunday}.")),
    ),
    (
        (
            line("I work all day. Can I come in the evening?"),
            line("On weekdays the doors stay open until at least {open_late}."),
        ),
        (
            line("How late can I come?"),
            line("On weekdays until {open_late} at least. The table has each day."),
        ),
        (line("Are you still open after work?"), line("Until {open_late} or later on weekdays, yes.")),
        (
            line("Can I come after office hours?"),
            line("Yes. From Monday to Friday it is open until at least {open_late}."),
        ),
        (line("Are there evening hours?"), line("On weekdays it closes at {open_late} at the earliest.")),
    ),
    (
        (
            line("What does it cost?"),
            line(
                "There are no prices on this page. Say what you need on the phone and ask for a figure first.",
                "phone",
            ),
        ),
        (
            line("Can you tell me a price?"),
            line("Not on this page: it depends on what you need. Call, describe it and ask.", "phone"),
        ),
        (
            line("Where are the prices?"),
            line("They are not listed here. A call is the quickest way to hear one.", "phone"),
        ),
        (
            line("How much will it be?"),
            line("That depends on what you have in mind. Ask for a price when you call.", "phone"),
        ),
        (
            line("Do you list prices?"),
            line("Not here. Call with the details and ask what it would come to.", "phone"),
        ),
        (
            line("Are there prices anywhere?"),
            line("Not on this page. Say what you have in mind and ask for a figure before you decide."),
        ),
        (
            line("How do I hear what it costs?"),
            line("Describe what you need and ask. There are no prices on this page."),
        ),
    ),
    (
        (line("Do I need an appointment?"), line("Better ask first: {phone_display}.")),
        (
            line("Can I just turn up?"),
            line("A short call to {phone_display} tells you whether that works today."),
        ),
        (line("Should I call first?"), line("It never hurts. The number is {phone_display}.")),
        (line("Should I book ahead?"), line("Call {phone_display} and ask what is usual.")),
        (line("Is it better to call before I come?"), line("If time matters to you, yes: {phone_display}.")),
    ),
    (
        (line("Can I write instead of calling?"), line("Yes, to {email}.")),
        (line("Is there an e-mail address?"), line("Yes: {email}.")),
        (
            line("I would rather write. Where to?"),
            line("To {email}. Leave a number if you want a call back."),
        ),
        (line("How do I send you a photo?"), line("By e-mail, to {email}.")),
        (line("Can I ask by e-mail?"), line("Of course. The address is {email}.")),
    ),
    (
        (line("What if my question is not on this page?"), line("Then call {phone_display} and ask it.")),
        (
            line("I need something that is not listed here."),
            line("Call {phone_display}. The list is only a start."),
        ),
        (
            line("Who can I ask if I am not sure?"),
            line("Call {phone_display} and describe it. That costs nothing but the call."),
        ),
        (
            line("I am not sure you are the right people."),
            line("Call {phone_display} and say what it is about. Then you know."),
        ),
        (line("My case is a little unusual."), line("Describe it on the phone, {phone_display}, and ask.")),
        (
            line("My question is not on this page. And now?"),
            line("Come to {address} and ask it in person."),
        ),
        (
            line("Can I ask something that is not listed here?"),
            line("Please do. Write to {email} and describe it."),
        ),
    ),
    (
        (
            line("Where does this information come from?"),
            line(
                "From public sources. The privacy page names each source and says how to have something corrected."
            ),
        ),
        (
            line("Something here is wrong. What now?"),
            line("The privacy page says where the facts come from and whom to tell."),
        ),
        (
            line("Who do I tell if something has changed?"),
            line("The privacy page names who looks after this page."),
        ),
        (
            line("Is everything here up to date?"),
            line("The facts come from public sources, with the date on the privacy page. If in doubt, ask."),
        ),
        (
            line("Does this page track me?"),
            line("No. It sets no cookies, runs no scripts and loads nothing from other companies."),
        ),
    ),
)
