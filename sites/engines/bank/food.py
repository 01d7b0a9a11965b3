"""Food and drink: somebody is hungry, or plans to be, and wants to know when and what to ask."""

from sites.engines.bank.base import FamilyBank, Pack, lines

RESTAURANT = Pack(
    taglines=(
        "Sit down. The rest can wait.",
        "An evening is mostly the table you share it at.",
        "Nobody has to wash up tonight.",
        "Hungry is a good way to arrive.",
        "Some conversations need a table and a second course.",
    ),
    topics=(
        ("A table", "Day, time and number of people. Say if there is a pram or a wheelchair."),
        ("Allergies", "Name them when you book, and once more at the table."),
        ("A birthday or a family lunch", "Ask early, and mention if somebody wants to bring a cake."),
        ("Children", "Ask about high chairs and smaller plates."),
        ("Eating without meat", "Say vegetarian or vegan, and how strictly."),
        ("Taking it home", "Ask what travels well. Not everything does."),
        ("A large group", "A set menu makes it easier for the kitchen and quicker for you."),
        ("Paying", "Ask which cards are taken before you order the second bottle."),
    ),
    steps=(
        ("Book for the weekend", "Friday and Saturday fill first everywhere."),
        ("Say why you come", "A quiet corner or a long table: it helps to know."),
        ("Mention what you cannot eat", "One sentence on the phone spares a long one at the table."),
        ("Be on time, or call", "A short call when you are late keeps the table yours."),
        ("Ask about parking", "Whoever answers knows the street better than any map."),
    ),
)
CAFE = Pack(
    taglines=(
        "First coffee, then everything else.",
        "A good place to be alone in company.",
        "Ten minutes here can save a whole morning.",
        "Somewhere between home and the day.",
        "The world looks better over the rim of a cup.",
    ),
    topics=(
        ("Breakfast", "Ask until what time. Late risers have been disappointed before."),
        ("Milk and not milk", "Oat, soy or lactose-free: ask what there is."),
        ("Cake for later", "Ask whether a whole one can be ordered, and how far ahead."),
        ("A place to work", "Ask about power sockets, and buy a second coffee."),
        ("A table for the group", "Six friends and one small table do not mix. Call first."),
        ("Something without gluten", "Ask what is made without it, and how it is kept apart."),
        ("Beans to take home", "Say how you brew. The grind follows from that."),
    ),
    steps=(
        ("Pick your hour", "Mid-morning and mid-afternoon are busy nearly everywhere."),
        ("Bring a cup", "Ask if they will fill your own."),
        ("Look at the board", "What is written by hand is usually from today."),
        ("Ask what goes with it", "The person behind the counter drinks this all day."),
        ("Have some coins", "For the days on which the card machine is on strike."),
    ),
)
BAR = Pack(
    taglines=(
        "The day is over. This is the part after it.",
        "One for now, and we shall see.",
        "Where the evening makes up its mind.",
        "Good evenings rarely have a plan.",
    ),
    topics=(
        ("A table for tonight", "Say how many you are. Standing room is also a plan."),
        ("Something without alcohol", "Ask for more than juice. There usually is more."),
        ("A private party", "Date, number of people, and whether you want the music your way."),
        ("What is on tap", "Ask when you sit down, before you decide."),
        ("A bite to eat", "Ask whether there is a kitchen and when it closes."),
        ("Music and matches", "Ask what is on before you bring ten people."),
        ("Last orders", "Ask once, then stop looking at the clock."),
    ),
    steps=(
        ("Say what you like", "Bitter, sweet, sour, strong: that is all a bartender needs."),
        ("Come early for a seat", "Or late for the atmosphere. Both have their friends."),
        ("Plan the way home", "Before the first glass it takes a minute."),
        ("Bring identification", "If you look young, take it as a compliment."),
        ("Call for groups", "A table for many is easier with a day's notice."),
    ),
)
BAKERY = Pack(
    taglines=(
        "The best part of getting up early.",
        "Follow the smell around the corner.",
        "Bread is a daily decision.",
        "The end piece never makes it home.",
        "Breakfast is somebody's night shift.",
    ),
    topics=(
        ("A loaf put aside", "Call in the morning, and say when you will come for it."),
        ("Rolls for many", "Breakfast for the office is best ordered the day before."),
        ("A cake for a date", "Say for how many people, and what they do not like."),
        ("Sliced or whole", "Ask to have it cut. Thick for soup, thin for cheese."),
        ("What is in it", "Ask about nuts, milk, eggs and seeds if you need to know."),
        ("Bread without wheat", "Ask what there is, and on which days."),
        ("The last hour", "Ask what is left towards closing. It still tastes of today."),
    ),
    steps=(
        ("Come early", "The choice is widest in the first hours."),
        ("Bring a bag", "Cloth keeps a crust better than plastic."),
        ("Ask for today's bread", "Not every bread is baked every day."),
        ("Order for holidays", "Before holidays the whole town wants rolls."),
        ("Freeze half", "A fresh loaf, cut and frozen the same day, is bread for the week."),
    ),
)
BUTCHER = Pack(
    taglines=(
        "Say what you want to cook. The cut follows.",
        "Dinner begins at the counter.",
        "Ask for it in grams, or in guests.",
        "Sunday is decided on Friday.",
    ),
    topics=(
        ("A roast", "How many people, and how much time do you have?"),
        ("Something for the grill", "Say charcoal or gas, and whether marinated or plain."),
        ("A cut you do not see", "Not everything lies in the window. Ask."),
        ("Where it comes from", "Ask. It is a question worth asking at any counter."),
        ("Sausages", "Ask which to fry, which to boil and which to eat cold."),
        ("A platter", "For a party, a few days ahead, with a number of guests."),
        ("Bones and stock", "Say it is for soup."),
    ),
    steps=(
        ("Bring the recipe", "Or a photo of it. It answers most questions."),
        ("Count the eaters", "And say who eats like two."),
        ("Order the big pieces", "A feast needs a few days' notice."),
        ("Bring a cool bag", "On warm days your dinner will thank you."),
        ("Ask how to cook it", "Two sentences from across the counter save the roast."),
    ),
)
FAST_FOOD = Pack(
    taglines=(
        "Hungry now is a fair reason.",
        "Some evenings cook themselves. Others call.",
        "Best eaten before you are home.",
        "The answer to what is for dinner.",
    ),
    topics=(
        ("Ordering ahead", "Call, order, and ask when it will be ready."),
        ("Extra, or without", "Onions, garlic, hot sauce: say it with the order."),
        ("Allergies", "Say them first, then order."),
        ("A large order", "For an office or a team, call some hours ahead."),
        ("Without meat", "Ask what there is beyond the salad."),
        ("Bringing it to you", "Ask whether and how far they deliver."),
        ("For the children", "Ask for small portions and mild sauce."),
    ),
    steps=(
        ("Write the order down", "Five people, five wishes. Paper helps."),
        ("Say the name twice", "A name on the bag avoids somebody else's dinner."),
        ("Ask for the time", "And come two minutes later, not twenty."),
        ("Think of the sauce", "It is what gets forgotten."),
        ("Check how to pay", "Card or cash: ask on the phone."),
    ),
)
ICE_CREAM = Pack(
    taglines=(
        "Two scoops is a reasonable amount.",
        "Summer is a place.",
        "Quick, before it melts.",
        "The queue is part of it.",
    ),
    topics=(
        ("Today's flavours", "Come and look, or call and ask."),
        ("Without milk", "Ask which ones, and for a clean scoop."),
        ("Nuts and traces", "If it matters, ask before you choose."),
        ("A tub for home", "Ask how long it survives the walk."),
        ("A party", "For a birthday or a wedding, ask some weeks ahead."),
        ("Cones", "Ask for one without gluten if you need it."),
        ("Coffee beside it", "Ask. It goes well."),
    ),
    steps=(
        ("Decide in the queue", "The people behind you have been thinking too."),
        ("Try one first", "Ask for a taste. A small spoon settles much."),
        ("Bring a cool bag", "For anything larger than a cone."),
        ("Come off-peak", "Sunny Sundays belong to everybody."),
        ("Napkins", "Take one more than you think."),
    ),
)
DEFAULT = Pack(
    taglines=(
        "Good things, close by.",
        "Come hungry, or at least curious.",
        "The shortest way to dinner.",
        "Food is better when somebody means it.",
        "For tonight, for Sunday, for no reason at all.",
        "Start with an appetite.",
        "What shall it be today?",
        "A little something is sometimes the whole point.",
    ),
    topics=(
        ("What there is today", "Seasons change what is on the table. Ask."),
        ("Ordering ahead", "Say what, how much, and when you will be there."),
        ("Allergies", "Name them first. It is the most useful sentence of all."),
        ("A celebration", "Say for how many people, and on which date."),
        ("Something to give", "Ask for it wrapped."),
        ("Without meat, milk or wheat", "Ask what suits you. There may be more than you think."),
        ("Large amounts", "For an office or a party, ask some days ahead."),
        ("How long it keeps", "Ask how to store it, and until when."),
    ),
    steps=(
        ("Check the day", "Hours differ over the week more than one thinks."),
        ("Say how many you are", "Portions, tables and cakes all begin with a number."),
        ("Mention what you cannot eat", "Early and clearly."),
        ("Ask what is good today", "It is the oldest question, and still the best one."),
        ("Bring a bag", "Something always comes along."),
        ("Call for anything large", "A day's notice makes it easy."),
    ),
)
FOOD = FamilyBank(
    orders=(
        ("about", "visit", "services", "faq", "steps", "cta"),
        ("visit", "services", "about", "steps", "faq", "cta"),
        ("services", "visit", "about", "steps", "faq", "cta"),
        ("about", "services", "visit", "steps", "faq", "cta"),
    ),
    fonts=("warm", "warm", "sturdy", "fine"),
    hues=(25, 45, 75, 110, 145, 165, 200, 235, 350),
    services_heading=(
        lines(
            "Good things to ask",
            "Ask before you order",
            "What guests like to know",
            "A few things worth asking",
            "Ask us about",
            "It helps to ask",
            "What people ask {category_a}",
            "Just ask",
        ),
    ),
    services_intro=(
        lines(
            "We have not printed a menu here. These are the questions it pays to ask.",
            "Menus change. What people ask stays the same.",
            "Every guest is different. These are the things to mention.",
            "Ask about these, and you will know whether it suits you.",
            "A word in advance makes most things possible to answer.",
            "Some questions come up every day. Here is how to ask them well.",
            "Find yours, then ask us.",
        )
        + lines("No menu on this page yet. Ask about any of these when you call or come by.", needs="phone"),
    ),
    cta_heading=(
        lines(
            "Hungry yet?",
            "See you soon?",
            "What shall it be?",
            "Come as you are.",
            "It is nearly time to eat.",
            "Shall we expect you?",
            "Bring somebody along.",
            "Today would be a good day.",
        ),
    ),
    default=DEFAULT,
    packs={
        "restaurant": RESTAURANT,
        "pizzeria": RESTAURANT,
        "brewery": BAR,
        "nightclub": BAR,
        "cafe": CAFE,
        "bar": BAR,
        "pub": BAR,
        "bakery": BAKERY,
        "butcher": BUTCHER,
        "fast_food": FAST_FOOD,
        "ice_cream": ICE_CREAM,
    },
)
