"""The admin's skin in the colours of static/webmagic/tokens.css; webmagic/admin_base.py is the way to it."""

from django.templatetags.static import static

UNFOLD = {
    "SITE_TITLE": "WebMagic",
    "SITE_HEADER": "WebMagic",
    "SITE_URL": "/",
    "SITE_ICON": {
        "light": lambda request: static("webmagic/mark.svg"),
        "dark": lambda request: static("webmagic/mark-dark.svg"),
    },
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("webmagic/mark.svg")}
    ],
    "BORDER_RADIUS": "8px",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": True,
    "SHOW_BACK_BUTTON": True,
    "ENVIRONMENT": "monitoring.context.environment",
    "STYLES": [
        lambda request: static("webmagic/tokens.css"),
        lambda request: static("webmagic/parts.css"),
        lambda request: static("webmagic/admin/skin.css"),
    ],
    "SCRIPTS": [lambda request: static("webmagic/admin/skin.js")],
    "COMMAND": {"search_models": ["auth.user"]},  # only models whose search is indexed, never True
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
    },
    "COLORS": {
        "base": {
            "50": "#fbf9f7",
            "100": "#f5f3f0",
            "200": "#e2dfda",
            "300": "#cfcbc4",
            "400": "#a29e97",
            "500": "#6a655f",
            "600": "#55514a",
            "700": "#45413b",
            "800": "#33302b",
            "900": "#1b1916",
            "950": "#13110e",
        },
        "primary": {
            "50": "#f3f5ff",
            "100": "#e7ecfe",
            "200": "#d1dbfe",
            "300": "#b1c1fe",
            "400": "#8fa3f8",
            "500": "#667aeb",
            "600": "#414cc8",
            "700": "#333ab1",
            "800": "#292f92",
            "900": "#20266f",
            "950": "#151b4c",
        },
    },
}
