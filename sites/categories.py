"""How a page speaks of each trade, in each language: its name in a sentence, its schema.org type, its drawings."""

from dataclasses import dataclass, replace

from businesses.categories import Family
from sites.german_trades import GERMAN, GERMAN_OF


@dataclass(frozen=True)
class Category:
    """`label` and `many` are written as in the middle of a sentence, in the nominative; `article` stands before
    `label`."""

    slug: str  # of businesses/categories.py
    label: str
    many: str
    schema_type: str
    motifs: tuple[str, ...]  # names of drawings in sites/themes/drawings.json
    article: str

    @property
    def with_article(self) -> str:
        return f"{self.article} {self.label}"


def _category(slug: str, label: str, many: str, schema_type: str, motifs: str) -> Category:
    return Category(slug, label, many, schema_type, tuple(motifs.split()), _article(label))


def _article(label: str) -> str:
    return "an" if label[0] in "aeiouI" else "a"


_KNOWN = [
    # trades
    _category("plumber", "plumber", "plumbers", "Plumber", "drop pipe wrench valve"),
    _category("electrician", "electrician", "electricians", "Electrician", "bolt plug bulb wire"),
    _category("roofer", "roofer", "roofers", "RoofingContractor", "gable shingles hammer rain"),
    _category(
        "painter", "painter and decorator", "painters and decorators", "HousePainter", "roller brush swatch"
    ),
    _category("locksmith", "locksmith", "locksmiths", "Locksmith", "key lock door"),
    _category("hvac", "heating engineer", "heating engineers", "HVACBusiness", "flame fan drop valve"),
    _category("carpenter", "carpenter", "carpenters", "GeneralContractor", "saw planks hammer gable"),
    _category("tiler", "tiler", "tilers", "GeneralContractor", "swatch shingles trowel"),
    _category("builder", "builder", "builders", "GeneralContractor", "bricks trowel gable hammer"),
    _category("glazier", "glazier", "glaziers", "GeneralContractor", "window door gable"),
    _category("mover", "moving company", "moving companies", "MovingCompany", "box van door"),
    _category("cleaner", "cleaning company", "cleaning companies", "LocalBusiness", "bucket brush window"),
    _category("stonemason", "stonemason", "stonemasons", "GeneralContractor", "bricks trowel column"),
    _category("plasterer", "plasterer", "plasterers", "GeneralContractor", "trowel swatch gable"),
    _category(
        "windows",
        "window and door company",
        "window and door companies",
        "GeneralContractor",
        "window door gable",
    ),
    _category("chimney_sweep", "chimney sweep", "chimney sweeps", "LocalBusiness", "brush gable flame"),
    _category(
        "insulation", "insulation company", "insulation companies", "GeneralContractor", "gable waves flame"
    ),
    _category("metalworker", "metalworker", "metalworkers", "GeneralContractor", "hammer gear flame"),
    _category("handyman", "handyman", "handymen", "GeneralContractor", "hammer wrench saw"),
    _category("solar", "solar installer", "solar installers", "GeneralContractor", "sun gable plug"),
    _category(
        "pest_control", "pest control company", "pest control companies", "LocalBusiness", "door gable lens"
    ),
    # food
    _category("pizzeria", "pizzeria", "pizzerias", "Restaurant", "pizza flame olive"),
    _category("fishmonger", "fishmonger", "fishmongers", "Store", "fish waves scales"),
    _category(
        "wine_shop", "wine and drinks shop", "wine and drinks shops", "LiquorStore", "bottle glass olive"
    ),
    _category("brewery", "brewery", "breweries", "Brewery", "tankard wheat bottle"),
    _category("nightclub", "nightclub", "nightclubs", "NightClub", "moon glass note"),
    _category("restaurant", "restaurant", "restaurants", "Restaurant", "plate fork glass pot"),
    _category("cafe", "café", "cafés", "CafeOrCoffeeShop", "cup bean cake"),
    _category("bar", "bar", "bars", "BarOrPub", "glass bottle olive"),
    _category("pub", "pub", "pubs", "BarOrPub", "tankard bottle plate"),
    _category("bakery", "bakery", "bakeries", "Bakery", "wheat loaf cake"),
    _category("butcher", "butcher", "butchers", "Store", "ham hook fork"),
    _category("fast_food", "takeaway", "takeaways", "FastFoodRestaurant", "fork pot box"),
    _category("ice_cream", "ice cream parlour", "ice cream parlours", "IceCreamShop", "cone cup spoon"),
    _category("deli", "delicatessen", "delicatessens", "Store", "cheese olive bottle"),
    _category("caterer", "caterer", "caterers", "FoodEstablishment", "plate fork pot"),
    _category("confectionery", "confectioner", "confectioners", "Store", "sweet cake box"),
    _category("greengrocer", "greengrocer", "greengrocers", "GroceryStore", "pear leaf box"),
    # beauty
    _category("hairdresser", "hairdresser", "hairdressers", "HairSalon", "scissors comb mirror waves"),
    _category("barber", "barber", "barbers", "HairSalon", "razor comb scissors pole"),
    _category("beauty", "beauty salon", "beauty salons", "BeautySalon", "petal mirror jar"),
    _category("nails", "nail studio", "nail studios", "NailSalon", "polish petal jar"),
    _category("tattoo", "tattoo studio", "tattoo studios", "TattooParlor", "needle petal eye"),
    _category(
        "massage", "massage practice", "massage practices", "HealthAndBeautyBusiness", "waves petal stones"
    ),
    _category("spa", "day spa", "day spas", "DaySpa", "stones drop petal"),
    _category("cosmetics", "cosmetics shop", "cosmetics shops", "Store", "jar petal polish"),
    # health
    _category("dentist", "dentist", "dentists", "Dentist", "tooth clover brush"),
    _category("doctor", "doctor's practice", "doctors' practices", "MedicalBusiness", "clover pulse heart"),
    _category("clinic", "clinic", "clinics", "MedicalClinic", "clover pulse heart"),
    _category(
        "physiotherapist", "physiotherapist", "physiotherapists", "MedicalBusiness", "spine ball waves"
    ),
    _category("chiropractor", "chiropractor", "chiropractors", "MedicalBusiness", "spine waves heart"),
    _category("optician", "optician", "opticians", "Optician", "glasses eye lens"),
    _category("pharmacy", "pharmacy", "pharmacies", "Pharmacy", "clover pill leaf"),
    _category("therapist", "therapist", "therapists", "MedicalBusiness", "chair heart leaf"),
    _category(
        "hearing_aids", "hearing aid shop", "hearing aid shops", "MedicalBusiness", "waves speech note"
    ),
    _category(
        "medical_supply",
        "medical supply shop",
        "medical supply shops",
        "MedicalBusiness",
        "pill heart clover",
    ),
    # automotive
    _category("car_rental", "car rental office", "car rental offices", "AutoRental", "car key road"),
    _category("car_repair", "car workshop", "car workshops", "AutoRepair", "wheel wrench gauge car"),
    _category("tyres", "tyre shop", "tyre shops", "TireShop", "wheel road car"),
    _category("car_wash", "car wash", "car washes", "AutoWash", "car bucket rain"),
    _category("car_parts", "car parts shop", "car parts shops", "AutoPartsStore", "gear wheel wrench"),
    _category("car_dealer", "car dealer", "car dealers", "AutoDealer", "car key road"),
    _category("motorcycle", "motorcycle shop", "motorcycle shops", "MotorcycleDealer", "wheel road gear"),
    _category("driving_school", "driving school", "driving schools", "LocalBusiness", "road car gauge"),
    # retail
    _category("florist", "florist", "florists", "Florist", "tulip petal leaf flowerpot"),
    _category("jeweller", "jeweller", "jewellers", "JewelryStore", "ring gem box"),
    _category("bicycle", "bicycle shop", "bicycle shops", "BikeStore", "wheel gear road"),
    _category("books", "bookshop", "bookshops", "BookStore", "book books lamp"),
    _category("clothes", "clothes shop", "clothes shops", "ClothingStore", "shirt hanger button"),
    _category("shoes", "shoe shop", "shoe shops", "ShoeStore", "shoe box button"),
    _category("furniture", "furniture shop", "furniture shops", "FurnitureStore", "chair lamp planks"),
    _category("gift", "gift shop", "gift shops", "Store", "box gem tag"),
    _category("toys", "toy shop", "toy shops", "ToyStore", "blocks ball box"),
    _category("electronics", "electronics shop", "electronics shops", "ElectronicsStore", "plug wire bulb"),
    _category("hardware", "hardware shop", "hardware shops", "HardwareStore", "hammer valve bucket"),
    _category("antiques", "antiques shop", "antiques shops", "Store", "chair lamp ring"),
    _category("art", "art and craft shop", "art and craft shops", "Store", "frame swatch brush"),
    _category("second_hand", "second-hand shop", "second-hand shops", "Store", "hanger tag chair"),
    _category("music_shop", "music shop", "music shops", "MusicStore", "note keys waves"),
    _category("stationery", "stationery shop", "stationery shops", "OfficeEquipmentStore", "pen page book"),
    _category("sports_shop", "sports shop", "sports shops", "SportingGoodsStore", "ball shoe track"),
    _category("fabric_shop", "fabric shop", "fabric shops", "HobbyShop", "needle button waves"),
    # professional
    _category("shoemaker", "shoe repair shop", "shoe repair shops", "LocalBusiness", "shoe hammer needle"),
    _category("design_agency", "design studio", "design studios", "LocalBusiness", "pen swatch frame"),
    _category("it_services", "IT company", "IT companies", "LocalBusiness", "wire plug speech"),
    _category(
        "recording_studio", "recording studio", "recording studios", "LocalBusiness", "note waves keys"
    ),
    _category("lawyer", "law office", "law offices", "LegalService", "column scales page"),
    _category("accountant", "accountant", "accountants", "AccountingService", "ledger page pen"),
    _category("notary", "notary", "notaries", "Notary", "seal page pen"),
    _category("estate_agent", "estate agent", "estate agents", "RealEstateAgent", "key gable door"),
    _category("insurance", "insurance office", "insurance offices", "InsuranceAgency", "umbrella page gable"),
    _category("photographer", "photographer", "photographers", "LocalBusiness", "lens frame eye"),
    _category("architect", "architect", "architects", "LocalBusiness", "column gable pen"),
    _category(
        "funeral_directors", "funeral director", "funeral directors", "LocalBusiness", "leaf column dove"
    ),
    _category("travel_agency", "travel agency", "travel agencies", "TravelAgency", "sun waves tag"),
    _category("tailor", "tailor", "tailors", "LocalBusiness", "button scissors hanger"),
    _category("dry_cleaning", "dry cleaner", "dry cleaners", "DryCleaningOrLaundry", "hanger shirt bubbles"),
    _category("print_shop", "print shop", "print shops", "LocalBusiness", "page swatch frame"),
    # home_garden
    _category("gardener", "gardener", "gardeners", "LocalBusiness", "leaf tree rake flowerpot"),
    _category("garden_centre", "garden centre", "garden centres", "GardenStore", "flowerpot tulip tree"),
    _category(
        "interior",
        "home interiors business",
        "home interiors businesses",
        "HomeGoodsStore",
        "lamp chair swatch",
    ),
    _category(
        "kitchen",
        "kitchen and bathroom company",
        "kitchen and bathroom companies",
        "HomeGoodsStore",
        "pot cup planks",
    ),
    _category("upholsterer", "upholsterer", "upholsterers", "LocalBusiness", "chair button needle"),
    _category("flooring", "flooring shop", "flooring shops", "HomeGoodsStore", "planks swatch roller"),
    _category("appliances", "appliance shop", "appliance shops", "HomeGoodsStore", "plug bubbles pot"),
    # fitness
    _category("escape_game", "escape room", "escape rooms", "EntertainmentBusiness", "key lock door"),
    _category("gym", "gym", "gyms", "ExerciseGym", "dumbbell track heart"),
    _category("yoga", "yoga studio", "yoga studios", "SportsActivityLocation", "sun lotus waves"),
    _category("dance", "dance school", "dance schools", "SportsActivityLocation", "waves shoe note"),
    _category(
        "martial_arts",
        "martial arts school",
        "martial arts schools",
        "SportsActivityLocation",
        "belt sun track",
    ),
    _category("language_school", "language school", "language schools", "LocalBusiness", "speech book pen"),
    _category("childcare", "nursery", "nurseries", "ChildCare", "blocks ball sun"),
    # lodging_pets
    _category("guest_house", "guest house", "guest houses", "BedAndBreakfast", "bed moon key"),
    _category("hotel", "hotel", "hotels", "Hotel", "bed moon door"),
    _category("hostel", "hostel", "hostels", "Hostel", "bed moon map"),
    _category("apartment", "holiday apartment", "holiday apartments", "LodgingBusiness", "key bed sun"),
    _category("veterinary", "vet", "vets", "LocalBusiness", "paw clover heart"),
    _category("pet", "pet shop", "pet shops", "PetStore", "paw bone fish"),
    _category("pet_grooming", "pet groomer", "pet groomers", "LocalBusiness", "paw comb bubbles"),
]
CATEGORIES = {category.slug: category for category in _KNOWN}

# What is said of a business whose trade is not in the table: only what its family makes certain.
FAMILY_CATEGORIES: dict[Family, Category] = {
    "trades": _category("", "trade business", "trade businesses", "LocalBusiness", "hammer wrench gable"),
    "food": _category(
        "", "place to eat and drink", "places to eat and drink", "FoodEstablishment", "plate cup fork"
    ),
    "beauty": _category(
        "",
        "beauty and care studio",
        "beauty and care studios",
        "HealthAndBeautyBusiness",
        "mirror petal comb",
    ),
    "health": _category("", "health practice", "health practices", "MedicalBusiness", "clover heart leaf"),
    "automotive": _category(
        "", "vehicle business", "vehicle businesses", "AutomotiveBusiness", "wheel road gear"
    ),
    "retail": _category("", "shop", "shops", "Store", "tag box hanger"),
    "professional": _category("", "office", "offices", "LocalBusiness", "page pen column"),
    "home_garden": _category(
        "", "home and garden business", "home and garden businesses", "LocalBusiness", "flowerpot lamp leaf"
    ),
    "fitness": _category(
        "",
        "place for classes and training",
        "places for classes and training",
        "LocalBusiness",
        "sun ball track",
    ),
    "lodging_pets": _category("", "local business", "local businesses", "LocalBusiness", "sun key paw"),
}

# Where American English has another word for the trade.
AMERICAN = {
    "painter": ("painting contractor", "painting contractors"),
    "hvac": ("heating and cooling company", "heating and cooling companies"),
    "art": ("art and craft store", "art and craft stores"),
    "kitchen": ("kitchen and bath company", "kitchen and bath companies"),
    "physiotherapist": ("physical therapist", "physical therapists"),
    "nails": ("nail salon", "nail salons"),
    "insurance": ("insurance agency", "insurance agencies"),
    "funeral_directors": ("funeral home", "funeral homes"),
    "car_parts": ("auto parts store", "auto parts stores"),
    "books": ("bookstore", "bookstores"),
    "shoes": ("shoe store", "shoe stores"),
    "toys": ("toy store", "toy stores"),
    "furniture": ("furniture store", "furniture stores"),
    "electronics": ("electronics store", "electronics stores"),
    "appliances": ("appliance store", "appliance stores"),
    "sports_shop": ("sporting goods store", "sporting goods stores"),
    "fabric_shop": ("fabric store", "fabric stores"),
    "pet": ("pet store", "pet stores"),
    "fast_food": ("takeout restaurant", "takeout restaurants"),
    "ice_cream": ("ice cream shop", "ice cream shops"),
    "doctor": ("doctor's office", "doctors' offices"),
    "car_repair": ("auto repair shop", "auto repair shops"),
    "tyres": ("tire shop", "tire shops"),
    "jeweller": ("jeweler", "jewelers"),
    "clothes": ("clothing store", "clothing stores"),
    "hardware": ("hardware store", "hardware stores"),
    "estate_agent": ("real estate agent", "real estate agents"),
    "garden_centre": ("garden center", "garden centers"),
    "childcare": ("daycare", "daycares"),
    "apartment": ("vacation apartment", "vacation apartments"),
}
BRITISH_IN_CANADA = {"jeweller", "garden_centre", "physiotherapist"}


def find_category(slug: str, family: Family, country: str = "", lang: str = "en") -> Category:
    """The trade of that slug in the words of that language and country; the family's own entry where the trade
    is not known."""
    known = CATEGORIES.get(slug) or FAMILY_CATEGORIES[family]
    if lang == "de":
        name = known.slug or family
        article, label, many = GERMAN_OF.get(country, {}).get(name) or GERMAN[name]
        return replace(known, label=label, many=many, article=article)
    if slug in AMERICAN and (country == "US" or (country == "CA" and slug not in BRITISH_IN_CANADA)):
        label, many = AMERICAN[slug]
        return replace(known, label=label, many=many, article=_article(label))
    return known
