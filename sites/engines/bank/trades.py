"""Tradespeople: something at home is broken or waits to be made, and somebody wonders whom to call."""

from sites.engines.bank.base import FamilyBank, Pack, lines

PLUMBER = Pack(
    taglines=(
        "For the drip you have been ignoring, and the leak you cannot.",
        "Water belongs in the pipes.",
        "When the tap has the last word.",
        "A leak is patient. It does not get smaller.",
        "Somewhere between a drip and a flood is a good time to call.",
    ),
    topics=(
        (
            "A tap that drips",
            "Say which tap it is and how long it has been at it. A photo of the handle helps.",
        ),
        (
            "A blocked drain",
            "One basin or several? Slow or standing still? That tells a lot about where it sits.",
        ),
        ("A leak under the sink", "Put a bucket under it, turn the small valve, then call."),
        (
            "A toilet that keeps running",
            "Lift the lid and look for a maker's name. It is often a small part.",
        ),
        ("No hot water", "Read the make and the model from the plate, and note what the display says."),
        ("Low pressure", "Is it one tap or the whole house? Hot, cold, or both?"),
        ("A new basin or shower", "Measure the space and keep a photo of the wall behind it."),
        ("A pipe before the winter", "Outside taps and cold corners are best talked about in autumn."),
    ),
    steps=(
        (
            "Find the main valve",
            "It is usually near the meter. Knowing where it is takes the panic out of a leak.",
        ),
        (
            "Take a photo",
            "The tap, the joint, the stain on the ceiling. One picture replaces five sentences.",
        ),
        ("Say when it started", "Since this morning or since last year: both are useful to know."),
        ("Write down the make", "Boilers, cisterns and mixers have a plate or a name somewhere."),
        ("Think about access", "Is there parking, a key, a dog, a locked cellar? Mention it right away."),
        ("Say what you tried", "No need to be shy about it. It saves trying the same thing twice."),
    ),
)
ELECTRICIAN = Pack(
    taglines=(
        "For the switch you have learned to press twice.",
        "When the fuse has an opinion.",
        "Light where you want it, silence in the fuse box.",
        "Not every spark is a good idea.",
        "Some things should not be learned from a video.",
    ),
    topics=(
        (
            "A fuse that keeps tripping",
            "Note what was running at that moment. The kettle is a popular culprit.",
        ),
        ("A socket that went dead", "One socket or the whole wall? Try a lamp you know is working."),
        ("More sockets", "Walk through the room and count what is plugged in where today."),
        ("Lights for a room", "Say what you do in the room: reading and cooking want different light."),
        ("A new cooker or oven", "The old label and the new manual say what the connection must carry."),
        ("A flicker", "Does it come with the wind, the washing machine, or for no reason at all?"),
        ("An old fuse box", "A photo with the door open tells more than its age does."),
        (
            "Charging a car at home",
            "How far is the parking space from the fuse box? That is the first question.",
        ),
    ),
    steps=(
        ("Switch it off", "If something smells or hums, turn it off at the fuse box and leave it off."),
        ("Photograph the fuse box", "Door open, labels readable."),
        ("Note the pattern", "Always in the evening? Only when it rains? Patterns find faults."),
        ("List the appliances", "What is on that line, and what is newest among them?"),
        ("Say how old the house is", "And when the wiring was last touched, if anybody knows."),
    ),
)
ROOFER = Pack(
    taglines=(
        "Nobody thinks about the roof until it rains inside.",
        "The part of the house you never look at.",
        "For the stain on the ceiling that grew.",
        "Weather stays outside. That is the whole idea.",
    ),
    topics=(
        ("A wet patch on the ceiling", "Mark its edge with a pencil and see whether it grows after rain."),
        ("Tiles after a storm", "Count what lies on the ground and photograph the roof from the street."),
        ("Gutters that overflow", "Does it happen at one corner or everywhere? Leaves or a loose joint?"),
        ("A flat roof", "Standing water after a dry day is worth mentioning."),
        ("A skylight", "New, leaking or fogged up: say which, and where it sits."),
        ("The chimney edge", "Where chimney and roof meet is where many leaks begin."),
        ("Insulation under the roof", "Say whether the attic is lived in or only used for boxes."),
        ("The age of a roof", "If you know when it was last covered, begin with that."),
    ),
    steps=(
        ("Stay on the ground", "Photos from the street or from a window are quite enough."),
        ("Look into the attic", "With a torch, in daylight. Bright spots and dark wood are clues."),
        ("Put a bucket under it", "And move what must not get wet. Then call."),
        ("Note wind and rain", "Some leaks only come with wind from one side."),
        ("Think about access", "Is there room for a scaffold or a ladder, and whose ground is it?"),
    ),
)
PAINTER = Pack(
    taglines=(
        "The same room, another mood.",
        "For the wall you have been looking past.",
        "It starts with a swatch and an argument about white.",
        "Fresh paint is the shortest way to a new room.",
    ),
    topics=(
        ("One room", "Measure the longest wall and the height. Windows and doors count as breaks."),
        ("The whole place", "Moving in or out? Say the date: empty rooms go faster."),
        ("Woodwork and doors", "Old gloss, bare wood, or something in between?"),
        ("The outside", "Which side gets the weather? Photograph that one."),
        ("Wallpaper", "On or off? If off, how many layers do you suspect?"),
        ("A stain that shines through", "Water, smoke or felt pen: the cause decides the remedy."),
        ("Choosing a shade", "Hang the sample up for a day. Morning and evening light disagree."),
    ),
    steps=(
        ("Measure roughly", "Length and height of each wall is enough for a first conversation."),
        ("Photograph the corners", "Cracks, stains and bubbles like to hide there."),
        ("Say who lives there", "Children, pets or allergies change which paint makes sense."),
        ("Decide about the furniture", "Can it leave the room, or only move to the middle?"),
        ("Bring a reference", "A cushion, a photo, a leaf: anything in the shade you mean."),
    ),
)
LOCKSMITH = Pack(
    taglines=(
        "The door closed. The key is inside.",
        "For the moment the door says click.",
        "Keys have a talent for being elsewhere.",
        "Between you and your sofa there is only a lock.",
    ),
    topics=(
        ("Locked out", "Did the door just fall shut, or was it locked? That makes a great difference."),
        ("A key that broke", "Keep the piece in your hand. It is the pattern for the next one."),
        ("A key that sticks", "Do not oil it with whatever is in the kitchen. Ask first."),
        ("A lost bunch of keys", "Say what else was on the ring, and whether there was an address with it."),
        ("A new lock after moving", "You do not know who still has a key. That is reason enough."),
        ("A second key", "Bring the original. A copy of a copy gets worse each time."),
        ("Windows and cellar doors", "Ask about the ways in that nobody thinks of."),
    ),
    steps=(
        ("Say which door", "House, car, safe, mailbox: they are different jobs."),
        ("Have proof at hand", "A paper with your name and the address makes everything simpler."),
        (
            "Ask for the price first",
            "Say what happened and ask what it will come to, before anybody sets out.",
        ),
        ("Photograph the lock", "From the front, and the edge of the door with the maker's name."),
        ("Wait somewhere warm", "A neighbour, a café, the car. Say where you can be found."),
    ),
)
HVAC = Pack(
    taglines=(
        "Warm in winter. That is really all anybody wants.",
        "When the radiator is warm at the top and cold at heart.",
        "The boiler has a language of its own. Mostly numbers.",
        "For the first cold morning of the year.",
    ),
    topics=(
        ("A boiler that has stopped", "Read the code on the display before you press reset."),
        ("A radiator that stays cold", "One or all? Cold at the top or at the bottom?"),
        ("A noise in the pipes", "Knocking, gurgling or whistling: each points somewhere else."),
        ("Hot water that runs out", "How many people, one after the other? And since when?"),
        ("A yearly check", "The best date is before everybody else remembers it."),
        ("A new heating system", "The last bills say more than the size of the house."),
        ("Cooling for summer", "Say which room is the worst, and which way it faces."),
    ),
    steps=(
        ("Note make and model", "They are on the plate, often under the front cover."),
        ("Read the display", "Write down the code. A photo is even better."),
        ("Look at the gauge", "Say where the needle stands on the pressure dial."),
        ("Think of the last change", "New thermostat, bled radiators, a power cut? Mention it."),
        (
            "If you smell gas",
            "Open the windows, touch no switch, leave, and call the emergency line of your supplier.",
        ),
    ),
)
CARPENTER = Pack(
    taglines=(
        "Wood remembers who measured it.",
        "For the corner no shelf on sale will ever fit.",
        "A tape measure, a pencil, an idea.",
        "Some doors only need a little off the bottom.",
    ),
    topics=(
        (
            "Shelves for an odd corner",
            "Measure at the top, in the middle and at the floor. Walls are rarely straight.",
        ),
        ("A door that sticks", "Only in wet weather, or always? At the top or at the bottom?"),
        ("A kitchen worktop", "Photograph the sink, the corners and the place where it meets the wall."),
        ("A staircase that creaks", "Count the steps and mark the ones that talk."),
        ("A table", "How many people on a normal day, and how many at its fullest?"),
        ("Floors", "Is there a floor under the floor? Lift the edge and have a look."),
        ("Old furniture", "Photograph the joints. They show how it was made and what can be done."),
        ("Something for the garden", "Sun, rain and wind decide about the wood before you do."),
    ),
    steps=(
        ("Draw it badly", "A bad sketch with measurements beats a good description without."),
        ("Measure twice", "In three places, and write down all of them."),
        ("Say what it must carry", "Books, pans and people weigh more than one thinks."),
        ("Find a picture", "Of something you like, and of something you do not."),
        ("Think about the way in", "Stairs, corners, a narrow hall: the piece has to get there."),
    ),
)
BUILDER = Pack(
    taglines=(
        "A wall here, a wall gone there.",
        "Every house has plans for you.",
        "It begins with a line on a piece of paper.",
        "For the idea you have been walking around for years.",
    ),
    topics=(
        ("Taking out a wall", "Does anything rest on it? A photo from above and below is a start."),
        ("An extension", "Say what the new room is for. Its size follows from that."),
        ("A bathroom", "Where are the pipes now? Moving them is the larger half of the work."),
        ("Cracks", "Put a date beside the end of the crack and look again in a month."),
        ("Damp in the cellar", "Is it the wall, the floor or the air? Say when it is worst."),
        ("A terrace or a path", "What is underneath matters more than what is on top."),
        ("Permits", "Ask early what needs one. Your town hall can tell you as well."),
    ),
    steps=(
        ("Look for the plans", "Old drawings, even a sketch from the sale, save a lot of guessing."),
        ("Say what comes first", "Budget, date or finish: which one is fixed?"),
        ("Photograph every side", "Inside and out, with something for scale."),
        ("Think about living there", "Will you stay in the house during the work?"),
        ("Collect your questions", "Write them down. They come back at night otherwise."),
    ),
)
MOVER = Pack(
    taglines=(
        "Your whole life, in boxes, on one day.",
        "The sofa has to get around that corner somehow.",
        "Everything you own is about to travel.",
        "New keys, old furniture.",
    ),
    topics=(
        ("An apartment", "Say both floors, and whether there is a lift at either end."),
        ("A single heavy piece", "A piano, a safe, a fish tank: weight and stairs decide."),
        ("Packing", "All of it, only the kitchen, or nothing? Say so from the start."),
        ("A long distance", "Date of collection, date of arrival, and how firm they are."),
        ("Storage in between", "For how long, and will you need anything from it?"),
        ("An office", "Desks are easy. Say how many cables there are."),
        ("Things to get rid of", "Say what must go and not travel."),
    ),
    steps=(
        ("Count the rooms", "And the cellar, and the attic. Especially the attic."),
        ("Photograph the stairs", "Narrow turns are where time goes."),
        ("Check the parking", "At both ends. Ask the town whether a sign is needed."),
        ("List what is fragile", "And what takes two to lift."),
        ("Name a second date", "One day earlier or later can make it easier."),
    ),
)
CLEANER = Pack(
    taglines=(
        "For the windows that used to let in light.",
        "You know that feeling when somebody has just cleaned.",
        "Dust always wins, unless somebody comes regularly.",
        "Your weekend has better uses.",
    ),
    topics=(
        ("A home, every week", "Rooms, floors, pets: these three describe it well."),
        ("An office after hours", "Say when the last person leaves and who has the key."),
        ("Windows", "How many, how high, and can all of them be opened?"),
        ("Moving out", "Ask your landlord what the handover expects, then pass it on."),
        ("After building work", "Dust from plaster is a job of its own. Mention it."),
        ("Carpets and sofas", "Say what was spilled, and when."),
        ("A stairwell", "Number of floors, and who pays: landlord or community?"),
    ),
    steps=(
        ("Walk through once", "Note what matters most to you. The rest follows."),
        ("Say how large it is", "A rough area and the number of rooms are enough."),
        ("Think about keys", "Will somebody be there, or is a key needed?"),
        ("Mention pets and allergies", "They decide about products and about open doors."),
        ("Say how often", "Once, weekly, monthly: it changes the answer."),
    ),
)
DEFAULT = Pack(
    taglines=(
        "There is a person for that.",
        "Some jobs need a steady hand.",
        "You could watch another video about it. Or you could ask.",
        "For the job that has been on the list too long.",
        "Good work begins with a clear question.",
        "The list on the fridge is not getting shorter by itself.",
        "Done properly is done once.",
        "First you explain it. Then it gets easier.",
    ),
    topics=(
        ("A repair", "Describe what broke, when, and what it did just before."),
        ("Something new", "Say what it should do for you. The how can come later."),
        ("A second opinion", "You have had an answer already and are not sure? Say so openly."),
        ("A date", "If there is a day by which it has to be done, begin with that."),
        ("An estimate", "Measurements and photos make any figure more than a guess."),
        ("A small job", "Is it worth a visit? Ask. The question costs nothing."),
        ("Materials", "If you have bought something already, have the label at hand."),
        ("Looking after it", "Ask what you can do yourself to make it last."),
    ),
    steps=(
        ("Take photos", "One from far away, one close up. Daylight is best."),
        ("Measure roughly", "Width, height, depth. A tape and a pencil will do."),
        ("Say where it is", "Which floor, which room, and whether there is a lift."),
        ("Name your date", "Say by when you need it, and how firm that is."),
        ("Tell the story", "How old it is, who worked on it last, what has changed since."),
        ("Think about access", "Parking, keys, pets, neighbours: anything that matters on the day."),
    ),
)
TRADES = FamilyBank(
    orders=(
        ("services", "steps", "visit", "about", "faq", "cta"),
        ("about", "services", "steps", "visit", "faq", "cta"),
        ("steps", "services", "about", "visit", "faq", "cta"),
        ("services", "about", "steps", "visit", "faq", "cta"),
    ),
    fonts=("sturdy", "sturdy", "warm"),
    hues=(250, 225, 205, 185, 160, 140, 85, 60, 40),
    services_heading=(
        lines(
            "Does one of these sound familiar?",
            "What is it this time?",
            "Common jobs, common questions",
            "Start with the problem",
            "It is usually one of these",
            "Jobs people ask {category_many} about",
        )
        + lines("What people call {category_a} about", "The usual reasons to call", needs="phone"),
    ),
    services_intro=(
        lines(
            "These are the things {category_many} hear most. Ask whether yours is something we take on.",
            "Find the one that comes closest, then ask us about it.",
            "Every trade has its classics. If you see yours, mention it when you get in touch.",
            "The list comes from the trade, not from a price list: ask us what we can do for you.",
            "Whatever it is, it helps to give it a name. These are the common ones.",
            "You do not need the right words for it. These will get you started.",
            "Ask us about any of these, and ask whether it is one for us.",
        )
        + lines(
            "Nobody calls {category_a} for fun. This is what it is mostly about, and what to say.",
            needs="phone",
        ),
    ),
    cta_heading=(
        lines(
            "Shall we talk about it?",
            "Tell us what is going on.",
            "It will not fix itself.",
            "Ask today, worry less tomorrow.",
            "Ready when you are.",
            "Say what is wrong.",
            "Let us hear it.",
            "Get it off the list.",
        ),
    ),
    default=DEFAULT,
    packs={
        "plumber": PLUMBER,
        "electrician": ELECTRICIAN,
        "roofer": ROOFER,
        "painter": PAINTER,
        "locksmith": LOCKSMITH,
        "hvac": HVAC,
        "carpenter": CARPENTER,
        "builder": BUILDER,
        "mover": MOVER,
        "cleaner": CLEANER,
    },
)
