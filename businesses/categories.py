"""The one table of trades: our slug, its display name, its family, and the OSM tags that mean it.

`is_lead` is the allow-list: only these trades are written to. Public bodies, banks, fuel, supermarkets,
pharmacies and the like stay in the table, so that a listing is still named for what it is.
A condition such as "amenity=restaurant+cuisine=pizza" needs both tags and wins over a single one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, get_args

type Family = Literal[
    "trades",
    "food",
    "beauty",
    "health",
    "automotive",
    "retail",
    "professional",
    "home_garden",
    "fitness",
    "lodging_pets",
]
FAMILIES: Final[tuple[Family, ...]] = get_args(Family.__value__)

# Where two tags name two trades, the earlier key is what the business is known for.
OSM_KEYS: Final = ("craft", "shop", "amenity", "tourism", "leisure", "office", "healthcare")


@dataclass(frozen=True, slots=True)
class Category:
    slug: str
    name: str
    family: Family
    is_lead: bool = True


_TABLE: Final = (
    # trades
    Category("plumber", "Plumber", "trades"),
    Category("electrician", "Electrician", "trades"),
    Category("roofer", "Roofer", "trades"),
    Category("painter", "Painter and decorator", "trades"),
    Category("locksmith", "Locksmith", "trades"),
    Category("hvac", "Heating and cooling", "trades"),
    Category("carpenter", "Carpenter", "trades"),
    Category("stonemason", "Stonemason", "trades"),
    Category("plasterer", "Plasterer", "trades"),
    Category("tiler", "Tiler", "trades"),
    Category("flooring", "Flooring", "trades"),
    Category("glazier", "Glazier", "trades"),
    Category("windows", "Windows and doors", "trades"),
    Category("chimney_sweep", "Chimney sweep", "trades"),
    Category("insulation", "Insulation", "trades"),
    Category("metalworker", "Metalworker", "trades"),
    Category("builder", "Builder", "trades"),
    Category("mover", "Moving company", "trades"),
    Category("handyman", "Handyman", "trades"),
    Category("solar", "Solar installer", "trades"),
    Category("pest_control", "Pest control", "trades"),
    # food
    Category("pizzeria", "Pizzeria", "food"),
    Category("restaurant", "Restaurant", "food"),
    Category("cafe", "Café", "food"),
    Category("bar", "Bar", "food"),
    Category("pub", "Pub", "food"),
    Category("fast_food", "Takeaway", "food"),
    Category("ice_cream", "Ice cream parlour", "food"),
    Category("bakery", "Bakery", "food"),
    Category("confectionery", "Pastry and sweets", "food"),
    Category("butcher", "Butcher", "food"),
    Category("fishmonger", "Fishmonger", "food"),
    Category("deli", "Delicatessen", "food"),
    Category("greengrocer", "Greengrocer", "food"),
    Category("wine_shop", "Wine and drinks", "food"),
    Category("brewery", "Brewery", "food"),
    Category("caterer", "Caterer", "food"),
    Category("nightclub", "Nightclub", "food", is_lead=False),
    # beauty
    Category("barber", "Barber", "beauty"),
    Category("hairdresser", "Hairdresser", "beauty"),
    Category("nails", "Nail salon", "beauty"),
    Category("spa", "Day spa", "beauty"),
    Category("beauty", "Beauty salon", "beauty"),
    Category("massage", "Massage", "beauty"),
    Category("tattoo", "Tattoo studio", "beauty"),
    Category("cosmetics", "Cosmetics", "beauty"),
    # health
    Category("chiropractor", "Chiropractor", "health"),
    Category("physiotherapist", "Physiotherapist", "health"),
    Category("dentist", "Dentist", "health"),
    Category("doctor", "Doctor", "health"),
    Category("clinic", "Clinic", "health"),
    Category("veterinary", "Veterinarian", "health"),
    Category("optician", "Optician", "health"),
    Category("hearing_aids", "Hearing aids", "health"),
    Category("therapist", "Therapist", "health"),
    Category("medical_supply", "Medical supply", "health"),
    Category("pharmacy", "Pharmacy", "health", is_lead=False),
    # automotive
    Category("car_repair", "Car repair", "automotive"),
    Category("tyres", "Tyres", "automotive"),
    Category("car_wash", "Car wash", "automotive"),
    Category("driving_school", "Driving school", "automotive"),
    Category("car_dealer", "Car dealer", "automotive"),
    Category("car_parts", "Car parts", "automotive"),
    Category("motorcycle", "Motorcycles", "automotive"),
    Category("car_rental", "Car rental", "automotive"),
    Category("fuel", "Fuel station", "automotive", is_lead=False),
    # retail
    Category("florist", "Florist", "retail"),
    Category("jeweller", "Jeweller", "retail"),
    Category("bicycle", "Bicycle shop", "retail"),
    Category("books", "Bookshop", "retail"),
    Category("clothes", "Clothes shop", "retail"),
    Category("shoes", "Shoe shop", "retail"),
    Category("gift", "Gift shop", "retail"),
    Category("toys", "Toy shop", "retail"),
    Category("art", "Art and framing", "retail"),
    Category("antiques", "Antiques", "retail"),
    Category("second_hand", "Second-hand shop", "retail"),
    Category("music_shop", "Music shop", "retail"),
    Category("stationery", "Stationery", "retail"),
    Category("electronics", "Electronics", "retail"),
    Category("sports_shop", "Sports shop", "retail"),
    Category("fabric_shop", "Fabric and sewing", "retail"),
    Category("convenience", "Convenience store", "retail", is_lead=False),
    Category("supermarket", "Supermarket", "retail", is_lead=False),
    Category("department_store", "Department store", "retail", is_lead=False),
    Category("restricted_goods", "Restricted goods", "retail", is_lead=False),
    Category("kiosk", "Kiosk", "retail", is_lead=False),
    Category("charity_shop", "Charity shop", "retail", is_lead=False),
    # professional
    Category("lawyer", "Lawyer", "professional"),
    Category("accountant", "Accountant", "professional"),
    Category("notary", "Notary", "professional"),
    Category("photographer", "Photographer", "professional"),
    Category("funeral_directors", "Funeral home", "professional"),
    Category("tailor", "Tailor", "professional"),
    Category("shoemaker", "Shoe repair", "professional"),
    Category("dry_cleaning", "Dry cleaning and laundry", "professional"),
    Category("insurance", "Insurance agent", "professional"),
    Category("estate_agent", "Estate agent", "professional"),
    Category("architect", "Architect", "professional"),
    Category("travel_agency", "Travel agency", "professional"),
    Category("design_agency", "Design and advertising", "professional"),
    Category("it_services", "IT services", "professional"),
    Category("print_shop", "Print shop", "professional"),
    Category("language_school", "Language school", "professional"),
    Category("recording_studio", "Recording studio", "professional"),
    Category("storage", "Storage", "professional", is_lead=False),
    Category("childcare", "Childcare", "professional", is_lead=False),
    Category("bank", "Bank", "professional", is_lead=False),
    Category("post_office", "Post office", "professional", is_lead=False),
    Category("public_body", "Public body", "professional", is_lead=False),
    # home garden
    Category("gardener", "Landscaper", "home_garden"),
    Category("cleaner", "Cleaning service", "home_garden"),
    Category("garden_centre", "Garden centre", "home_garden"),
    Category("furniture", "Furniture", "home_garden"),
    Category("upholsterer", "Upholsterer", "home_garden"),
    Category("kitchen", "Kitchens and bathrooms", "home_garden"),
    Category("interior", "Interiors", "home_garden"),
    Category("hardware", "Hardware store", "home_garden"),
    Category("appliances", "Appliances", "home_garden"),
    # fitness
    Category("yoga", "Yoga studio", "fitness"),
    Category("martial_arts", "Martial arts", "fitness"),
    Category("gym", "Gym", "fitness"),
    Category("dance", "Dance school", "fitness"),
    Category("escape_game", "Escape game", "fitness"),
    # lodging pets
    Category("hotel", "Hotel", "lodging_pets"),
    Category("guest_house", "Guest house", "lodging_pets"),
    Category("apartment", "Holiday apartment", "lodging_pets"),
    Category("hostel", "Hostel", "lodging_pets"),
    Category("pet_grooming", "Pet grooming", "lodging_pets"),
    Category("pet", "Pet shop", "lodging_pets"),
)

# slug, then the tags that mean it; a long list goes on in a second line of the same slug.
_OSM_TAGS: Final = """
plumber           craft=plumber shop=plumber
electrician       craft=electrician
roofer            craft=roofer
painter           craft=painter craft=paperhanger
locksmith         craft=locksmith shop=locksmith craft=key_cutter
hvac              craft=hvac craft=heating_engineer shop=hvac
carpenter         craft=carpenter craft=joiner
stonemason        craft=stonemason craft=bricklayer
plasterer         craft=plasterer
tiler             craft=tiler
flooring          craft=floorer craft=parquet_layer shop=flooring shop=carpet
glazier           craft=glaziery craft=glazier shop=glaziery
windows           craft=window_construction shop=windows shop=doors
chimney_sweep     craft=chimney_sweeper
insulation        craft=insulation
metalworker       craft=metal_construction craft=blacksmith craft=welder
builder           craft=builder office=construction_company craft=scaffolder
mover             office=moving_company shop=moving
handyman          craft=handyman
solar             craft=solar craft=photovoltaic shop=energy
pest_control      craft=pest_control shop=pest_control
pizzeria          amenity=restaurant+cuisine=pizza amenity=fast_food+cuisine=pizza
restaurant        amenity=restaurant
cafe              amenity=cafe shop=coffee shop=tea
bar               amenity=bar
pub               amenity=pub
fast_food         amenity=fast_food
ice_cream         amenity=ice_cream shop=ice_cream
bakery            shop=bakery craft=bakery
confectionery     shop=pastry shop=confectionery shop=chocolate craft=confectionery
butcher           shop=butcher craft=butcher
fishmonger        shop=seafood
deli              shop=deli shop=cheese shop=dairy shop=food
greengrocer       shop=greengrocer shop=farm shop=health_food shop=spices
wine_shop         shop=wine shop=alcohol shop=beverages craft=winery
brewery           craft=brewery craft=distillery craft=cider
caterer           craft=caterer
nightclub         amenity=nightclub
barber            shop=hairdresser+hairdresser=barber shop=barber
hairdresser       shop=hairdresser
nails             shop=beauty+beauty=nails shop=nails
spa               shop=beauty+beauty=spa leisure=sauna shop=spa
beauty            shop=beauty
massage           shop=massage
tattoo            shop=tattoo shop=piercing
cosmetics         shop=cosmetics shop=perfumery shop=hairdresser_supply
chiropractor      healthcare=chiropractor amenity=clinic+healthcare=chiropractor
physiotherapist   healthcare=physiotherapist amenity=clinic+healthcare=physiotherapist
physiotherapist   amenity=doctors+healthcare=physiotherapist
dentist           amenity=dentist healthcare=dentist
doctor            amenity=doctors healthcare=doctor
clinic            amenity=clinic healthcare=clinic
veterinary        amenity=veterinary
optician          shop=optician craft=optician healthcare=optometrist
hearing_aids      shop=hearing_aids craft=hearing_aids
therapist         office=therapist healthcare=psychotherapist healthcare=alternative
medical_supply    shop=medical_supply craft=orthopedics
pharmacy          amenity=pharmacy shop=chemist
car_repair        shop=car_repair craft=car_repair craft=car_painter
tyres             shop=tyres
car_wash          amenity=car_wash
driving_school    amenity=driving_school
car_dealer        shop=car shop=caravan
car_parts         shop=car_parts
motorcycle        shop=motorcycle shop=motorcycle_repair
car_rental        amenity=car_rental
fuel              amenity=fuel shop=gas
florist           shop=florist
jeweller          shop=jewelry shop=watches craft=jeweller craft=watchmaker craft=clockmaker
jeweller          craft=goldsmith shop=gold
bicycle           shop=bicycle craft=bicycle_repair
books             shop=books
clothes           shop=clothes shop=boutique shop=fashion shop=hats shop=hat
shoes             shop=shoes shop=bag shop=leather shop=fashion_accessories
gift              shop=gift shop=party
toys              shop=toys shop=games shop=baby_goods
art               shop=art shop=craft shop=handicraft shop=frame shop=pottery craft=pottery
antiques          shop=antiques shop=collector
second_hand       shop=second_hand
music_shop        shop=music shop=records shop=musical_instrument craft=musical_instrument
stationery        shop=stationery
electronics       shop=electronics shop=computer shop=mobile_phone shop=hifi shop=telecommunication
electronics       shop=electrical
sports_shop       shop=sports shop=outdoor shop=fishing shop=ski
fabric_shop       shop=fabric shop=sewing shop=wool
convenience       shop=convenience shop=grocery shop=general shop=newsagent
supermarket       shop=supermarket shop=wholesale
department_store  shop=department_store shop=mall shop=variety_store
restricted_goods  shop=tobacco shop=e-cigarette shop=cannabis shop=weapons shop=hunting shop=erotic
restricted_goods  shop=bookmaker shop=lottery shop=pawnbroker shop=money_lender
kiosk             shop=kiosk shop=ticket
charity_shop      shop=charity
lawyer            office=lawyer
accountant        office=accountant office=tax_advisor
notary            office=notary
photographer      craft=photographer shop=photo shop=photo_studio shop=camera
funeral_directors shop=funeral_directors
tailor            shop=tailor craft=tailor craft=dressmaker
shoemaker         craft=shoemaker shop=shoe_repair
dry_cleaning      shop=dry_cleaning shop=laundry
insurance         office=insurance
estate_agent      office=estate_agent shop=estate_agent office=property_management
architect         office=architect office=engineer office=surveyor
travel_agency     shop=travel_agency office=travel_agent
design_agency     office=advertising_agency office=graphic_design office=web_design
it_services       office=it craft=electronics_repair craft=computer_repair
print_shop        shop=copyshop craft=printer craft=signmaker
language_school   amenity=language_school
recording_studio  amenity=studio
storage           shop=storage_rental
childcare         amenity=childcare
bank              amenity=bank office=bank
post_office       amenity=post_office
public_body       office=government office=diplomatic office=political_party office=ngo office=association
public_body       office=religion office=union office=educational_institution office=research
gardener          craft=gardener craft=landscaper craft=arborist
cleaner           craft=cleaning shop=cleaning office=cleaning
garden_centre     shop=garden_centre shop=garden_furniture
furniture         shop=furniture shop=bed craft=cabinet_maker shop=antique_furniture
upholsterer       craft=upholsterer
kitchen           shop=kitchen shop=bathroom_furnishing shop=tiles
interior          shop=interior_decoration shop=curtain shop=lighting shop=houseware shop=household_linen
interior          shop=cookware shop=candles
hardware          shop=hardware shop=doityourself shop=paint shop=trade shop=tool_hire
appliances        shop=appliance shop=fireplace shop=vacuum_cleaner
yoga              leisure=fitness_centre+sport=yoga leisure=fitness_centre+sport=pilates
martial_arts      leisure=fitness_centre+sport=martial_arts
gym               leisure=fitness_centre
dance             leisure=dance
escape_game       leisure=escape_game
hotel             tourism=hotel tourism=motel
guest_house       tourism=guest_house
apartment         tourism=apartment
hostel            tourism=hostel
pet_grooming      shop=pet_grooming
pet               shop=pet
"""

CATEGORIES: Final[Mapping[str, Category]] = {category.slug: category for category in _TABLE}

_SLUG_OF_TAG: Final = {
    tag: slug for slug, *tags in map(str.split, _OSM_TAGS.strip().splitlines()) for tag in tags
}
_SLUG_OF_TAGS: Final = [(frozenset(tag.split("+")), slug) for tag, slug in _SLUG_OF_TAG.items() if "+" in tag]
_KEYS_OF_TAGS: Final = {tag.partition("=")[0] for needed, _ in _SLUG_OF_TAGS for tag in needed}
_KEYS_READ: Final = (*OSM_KEYS, *sorted(_KEYS_OF_TAGS - set(OSM_KEYS)))


def category_of_osm_tags(tags: Mapping[str, str]) -> str:
    """The slug of an OSM object, or "" where no trade of the table fits. Values may be `;` lists."""
    return _category_of(tuple([(key, tags[key]) for key in _KEYS_READ if key in tags]))


@lru_cache(maxsize=4096)  # a town has thousands of shops and few kinds of them
def _category_of(told: tuple[tuple[str, str], ...]) -> str:
    pairs = [f"{key}={value.strip()}" for key, values in told for value in values.split(";")]
    for needed, slug in _SLUG_OF_TAGS:
        if needed.issubset(pairs):
            return slug
    return next((_SLUG_OF_TAG[pair] for pair in pairs if pair in _SLUG_OF_TAG), "")


def raw_categories_of_osm_tags(tags: Mapping[str, str]) -> tuple[str, ...]:
    """What the source itself calls the business: ("shop=bakery", "amenity=cafe")."""
    return tuple([f"{key}={tags[key]}" for key in OSM_KEYS if tags.get(key)])


def osm_tags_of(slugs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Key to values: every object of these trades has one of them. Other trades may have them too."""
    wanted = set(slugs)
    found: dict[str, dict[str, None]] = {}
    for tag, slug in _SLUG_OF_TAG.items():
        key, _, value = tag.partition("+")[0].partition("=")
        if slug in wanted:
            found.setdefault(key, {})[value] = None
    return {key: tuple(values) for key, values in found.items()}


def find_family(slug: str) -> Family:
    """The family of a trade. Raises KeyError for a slug that is not in the table: no lead has one."""
    return CATEGORIES[slug].family


def trades_of(family: str) -> tuple[str, ...]:
    """The trades of a family that are written to, in the order of the table; () for what is no family."""
    return tuple(c.slug for c in CATEGORIES.values() if c.family == family and c.is_lead)


def is_lead_category(slug: str) -> bool:
    """Whether this trade is on the allow-list; an unknown slug is not."""
    category = CATEGORIES.get(slug)
    return category is not None and category.is_lead
