"""The few words of a page that are not sentences of its spec: labels, day names, states."""

WORDS = {
    "en": {
        "skip": "Skip to content",
        "on_this_page": "On this page",
        "hours": "Opening hours",
        "address": "Address",
        "phone": "Phone",
        "email": "E-mail",
        "call": "Call",
        "closed": "Closed",
        "ask": "Please ask",
        "all_day": "Open all day",
        "holidays": "Public holidays",
        "map": "Open the map",
        "privacy": "Privacy and imprint",
        "back": "Back to the home page",
        "lost": "Nothing here",
        "lost_text": "There is no page at this address. The home page has everything there is.",
        "menu_services": "Good questions",
        "menu_visit": "Hours and address",
        "menu_find": "Find us",
        "menu_faq": "Answers",
        "see_week": "See the whole week",
    }
}
DAYS = {"en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")}
SHORT_DAYS = {"en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
LOCALES = {"en": "en_US"}
MONTHS = {
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    )
}
