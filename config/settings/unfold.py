"""The look of the screens: names, colours, what stands in the side column. Settings import UNFOLD from here."""
from django.templatetags.static import static

UNFOLD = {
    "SITE_TITLE": "巴中市医疗保障经办系统",
    "SITE_HEADER": "医疗保障经办",
    "SITE_SUBHEADER": "巴中市",
    "SITE_URL": None,
    "SITE_SYMBOL": "health_and_safety",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("casework/favicon.svg")},
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": False,
    "THEME": "light",
    "BORDER_RADIUS": "5px",
    "STYLES": [lambda request: static("casework/casework.css")],
    "SCRIPTS": [lambda request: static("casework/casework.js")],
    "DASHBOARD_CALLBACK": "config.start.start_page",
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "config.side.sidebar",
    },
    # A calm blue-green: red, amber and green are kept for what they say about a case.
    "COLORS": {
        "primary": {
            "50": "oklch(97.5% .012 220)",
            "100": "oklch(94.5% .026 220)",
            "200": "oklch(89% .048 220)",
            "300": "oklch(81% .078 221)",
            "400": "oklch(69% .104 223)",
            "500": "oklch(58% .11 226)",
            "600": "oklch(49% .103 230)",
            "700": "oklch(43% .09 232)",
            "800": "oklch(37% .075 234)",
            "900": "oklch(32% .06 236)",
            "950": "oklch(23% .045 238)",
        },
    },
}
