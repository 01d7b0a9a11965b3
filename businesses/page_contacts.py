"""Which address and which number on a page are the business's own, and not a guest's, an agency's or a stranger's.

Certain is an address under the site's own domain, or under a domain of the business's name. One at a mail provider
counts where it stands beside the business's own number or street, or on the contact page of its site. In doubt there
is none.
"""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from businesses.contacts import domain_of_email, is_blocked_role, is_freemail, normalise_email
from businesses.page_blocks import Blocks, Link, read_blocks
from businesses.pages import Page, Signs, mentions, plain_words
from businesses.phones import national_number, parse_phones
from businesses.webhosts import (
    host_of,
    is_platform_host,
    registrable_domain,
    registrable_name,
)

CONTACT_LINK: Final = re.compile(
    r"contact|kontakt|impressum|imprint|contatt|contacto|yhteystiedot", re.IGNORECASE
)
_DIGIT_RUNS: Final = re.compile(r"\d[\d\s()./–-]*\d")
_TELLING: Final = 8  # letters of a name that few bear
_ADDRESS: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", re.ASCII)


def _one_of(words: str) -> re.Pattern[str]:
    """Any of the phrases, one a line or between commas; "*" is any end of a word. For text of `plain_words`."""
    phrases = (
        plain_words(each.replace("*", " endless")) for each in re.split(r"[,\n]", words) if each.strip()
    )
    return re.compile(r"\b(?:" + "|".join(p.replace(" endless", r"\w*") for p in phrases) + r")\b")


# A page with one of these says that it carries reviews or a guest book.
_REVIEWS: Final = _one_of(
    """review*, testimonial*, guest book*, guestbook*, what our customers say, what our clients say, what people say
    rezension*, bewertung*, kundenstimme*, kundenmeinung*, gästestimme*, gästebuch*, gaestebuch*, erfahrungsbericht*
    unsere kunden sagen, unsere gäste sagen, kunden über uns, gäste über uns
    avis, témoignage*, livre d'or, ils parlent de nous, nos clients disent
    opiniones, reseña*, testimonio*, valoraciones, libro de visitas
    recensione, recensioni, opinioni, testimonianz*, dicono di noi, libro degli ospiti
    beoordeling*, recensie*, gastenboek, klantervaring*, klanten vertellen
    avaliações, depoimento*, opiniões, livro de visitas
    arvostelu*, asiakkaiden kokemuksia, asiakaspalaut*, vieraskirja, omdöme*, recension*, gästbok*, anmeldelse*
    gjestebok, gæstebog, omtaler, opinie, recenzj*, księga gości, recenze, hodnocení, kniha hostů, vélemény*
    vendégkönyv, recenzije, mnenja, recenzii, yorumlar, отзыв*, гостевая книга, κριτικές"""
)
# Here guests may have a say among other things: then only what is certain is taken.
_VOICES: Final = _one_of(
    """comment*, feedback*, reply, replies, stars, wrote, says, posted by
    kommentar*, meinung*, schrieb, schreibt, sterne
    commentaire*, a écrit, comentario*, escribió, commenti, commento, ha scritto, comentário*, reacties, reactie
    kommentit, kommentti, kommentoi, komentarz*, komentáře, комментари*, komentari*, comentarii"""
)
_WRITTEN_WITHOUT_SPACES: Final = re.compile(
    "口コミ|クチコミ|レビュー|お客様の声|评论|評論|评价|留言|후기|리뷰"
)
# In the markup, where plain words stand for other things too.
_REVIEWS_IN_MARKUP: Final = re.compile(
    r"\b(reviews?|testimonials?|guest-?book|gaestebuch|rezension(en)?|bewertung(en)?|avis|recensioni"
    r"|comment-?list|comment-(body|content|author))\b",
    re.IGNORECASE,
)
# Who made the site, not whose it is.
_CREDIT: Final = _one_of(
    """site by, website by, web by, page by, design by, designed by, made by, built by, created by, developed by
    powered by, hosted by, hosting, maintained by, web design*, webdesign*, web develop*, webmaster*, web agency
    site von, website von, design von, umsetzung, realisier*, realisation, programmierung, gestaltung, erstellt von
    site réalisé, réalisé par, réalisation, création, conception, créé par
    realizzat*, sito web, creato da, diseño*, diseñad*, desarrollad*, hecho por, creado por, página web
    website door, gemaakt door, ontwerp, sivuston, sivut toteut*, toteutus, verkkosivut, webbyrå, hemsida av
    site feito por, desenvolvid*, strona www, projekt strony, tvorba webu, izrada"""
)


def contacts_on(url: str, page: Page, signs: Signs, *, region: str) -> tuple[str, str]:
    """Return the address and the number (E.164) that are the business's own; "" where there is none, or several.

    region is its country (ISO2).
    """
    words = plain_words(page.text)
    if (
        _REVIEWS.search(words)
        or _WRITTEN_WITHOUT_SPACES.search(page.text)
        or _REVIEWS_IN_MARKUP.search(page.source)
    ):
        return "", ""
    blocks = read_blocks(page.source)
    emails = _addresses(url, blocks, signs, may_be_guests=bool(_VOICES.search(words)))
    # Several are as good as none: whose they are cannot be told.
    return _only({each for each in emails if not is_blocked_role(each)}), _only(_numbers(blocks, region))


def _addresses(url: str, blocks: Blocks, signs: Signs, *, may_be_guests: bool) -> set[str]:
    host = host_of(url)
    is_contact_page = not is_platform_host(host) and bool(CONTACT_LINK.search(urlsplit(url).path))
    found = {text for text in map(normalise_email, _ADDRESS.findall(blocks.text)) if text}
    found = {address for address in found if _is_certain(address, host, signs)}
    for link in blocks.links:
        address = normalise_email(link.target) if link.target[:7].lower() == "mailto:" else None
        if address is None:
            continue
        if _is_certain(address, host, signs) or (
            is_freemail(domain_of_email(address))
            and not may_be_guests
            and not _is_credit(blocks, link)
            and (is_contact_page or _is_beside_its_own(blocks, link, signs))
        ):
            found.add(address)
    return found


def _is_certain(address: str, host: str, signs: Signs) -> bool:
    """Whether its records tell it, or the domain is the site's own or bears the name of the business."""
    domain = domain_of_email(address)
    if address in signs.emails:
        return True
    if is_freemail(domain) or is_platform_host(domain):
        return False
    if _bears_the_name(domain, signs.name):
        return True
    # The operator of "rye.sites.example" has its addresses under "sites.example".
    own = host.removeprefix("www.")
    return not is_platform_host(host) and registrable_domain(own) == own == registrable_domain(domain)


def _bears_the_name(domain: str, name: str) -> bool:
    """Whether it is "brook-lane.example" or "brooklanebakery.example" of "Brook Lane Bakery"; one word may be the name
    of many, and so may two short ones."""
    label, words = registrable_name(domain).replace("-", ""), plain_words(name).split()
    return len(label) >= _TELLING and any(
        label == "".join(words[:count]) for count in range(2, len(words) + 1)
    )


def _is_credit(blocks: Blocks, link: Link) -> bool:
    return bool(_CREDIT.search(plain_words(blocks.line_of(link, before=80, after=60))))


def _is_beside_its_own(blocks: Blocks, link: Link, signs: Signs) -> bool:
    """Whether the business's own number or its street stands in the same small block."""
    numbers = [national_number(phone) for phone in signs.phones]
    street, number = plain_words(signs.street), plain_words(signs.housenumber)
    for text in blocks.nearby(link):
        runs = [re.sub(r"\D", "", run) for run in _DIGIT_RUNS.findall(text)]
        if any(own and own in run for own in numbers for run in runs):
            return True
        words = f" {plain_words(text)} "
        if (
            street
            and number
            and (mentions(words, f"{number} {street}") or mentions(words, f"{street} {number}"))
        ):
            return True
    return False


def _numbers(blocks: Blocks, region: str) -> set[str]:
    return {
        phone.e164
        for link in blocks.links
        if link.target[:4].lower() == "tel:" and not _is_credit(blocks, link)
        for phone in parse_phones([unquote(link.target[4:60])], region=region)
        if phone.e164
    }


def _only(values: set[str]) -> str:
    return next(iter(values)) if len(values) == 1 else ""
