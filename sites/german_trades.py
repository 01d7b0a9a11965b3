"""The trades in German: article, singular and plural in the nominative, always the business and not a person.

Keys are slugs of businesses/categories.py, or a family for the trades that are in no table.
"""

from typing import Final

Name = tuple[str, str, str]


def _names(table: str) -> dict[str, Name]:
    """Lines of "slug: article label / plural"."""
    found = {}
    for row in table.strip().splitlines():
        slug, _, words = row.strip().partition(": ")
        singular, _, plural = words.partition(" / ")
        article, _, label = singular.partition(" ")
        found[slug] = (article, label, plural)
    return found


GERMAN: Final = _names("""
    plumber: ein Sanitärbetrieb / Sanitärbetriebe
    electrician: ein Elektrobetrieb / Elektrobetriebe
    roofer: ein Dachdeckerbetrieb / Dachdeckerbetriebe
    painter: ein Malerbetrieb / Malerbetriebe
    locksmith: ein Schlüsseldienst / Schlüsseldienste
    hvac: ein Heizungsbaubetrieb / Heizungsbaubetriebe
    carpenter: ein Betrieb für Holzarbeiten / Betriebe für Holzarbeiten
    tiler: ein Fliesenlegerbetrieb / Fliesenlegerbetriebe
    builder: ein Bauunternehmen / Bauunternehmen
    glazier: eine Glaserei / Glasereien
    mover: ein Umzugsunternehmen / Umzugsunternehmen
    cleaner: eine Reinigungsfirma / Reinigungsfirmen
    stonemason: ein Steinmetzbetrieb / Steinmetzbetriebe
    plasterer: ein Stuckateurbetrieb / Stuckateurbetriebe
    windows: ein Betrieb für Fenster und Türen / Betriebe für Fenster und Türen
    chimney_sweep: ein Schornsteinfegerbetrieb / Schornsteinfegerbetriebe
    insulation: ein Betrieb für Dämmarbeiten / Betriebe für Dämmarbeiten
    metalworker: ein Metallbaubetrieb / Metallbaubetriebe
    handyman: ein Handwerkerdienst / Handwerkerdienste
    solar: ein Betrieb für Solaranlagen / Betriebe für Solaranlagen
    pest_control: ein Betrieb für Schädlingsbekämpfung / Betriebe für Schädlingsbekämpfung
    pizzeria: eine Pizzeria / Pizzerien
    fishmonger: ein Fischgeschäft / Fischgeschäfte
    wine_shop: ein Wein- und Getränkeladen / Wein- und Getränkeläden
    brewery: eine Brauerei / Brauereien
    nightclub: ein Club / Clubs
    restaurant: ein Restaurant / Restaurants
    cafe: ein Café / Cafés
    bar: eine Bar / Bars
    pub: eine Kneipe / Kneipen
    bakery: eine Bäckerei / Bäckereien
    butcher: eine Metzgerei / Metzgereien
    fast_food: ein Imbiss / Imbisse
    ice_cream: eine Eisdiele / Eisdielen
    deli: ein Feinkostladen / Feinkostläden
    caterer: ein Cateringbetrieb / Cateringbetriebe
    confectionery: ein Geschäft für Süßes und Gebäck / Geschäfte für Süßes und Gebäck
    greengrocer: ein Obst- und Gemüseladen / Obst- und Gemüseläden
    hairdresser: ein Friseursalon / Friseursalons
    barber: ein Barbershop / Barbershops
    beauty: ein Kosmetikstudio / Kosmetikstudios
    nails: ein Nagelstudio / Nagelstudios
    tattoo: ein Tattoostudio / Tattoostudios
    massage: eine Massagepraxis / Massagepraxen
    spa: ein Wellnessbetrieb / Wellnessbetriebe
    cosmetics: ein Kosmetikgeschäft / Kosmetikgeschäfte
    dentist: eine Zahnarztpraxis / Zahnarztpraxen
    doctor: eine Arztpraxis / Arztpraxen
    clinic: eine Klinik / Kliniken
    physiotherapist: eine Physiotherapiepraxis / Physiotherapiepraxen
    chiropractor: eine Praxis für Chiropraktik / Praxen für Chiropraktik
    optician: ein Optikgeschäft / Optikgeschäfte
    pharmacy: eine Apotheke / Apotheken
    therapist: eine Therapiepraxis / Therapiepraxen
    hearing_aids: ein Geschäft für Hörgeräte / Geschäfte für Hörgeräte
    medical_supply: ein Sanitätshaus / Sanitätshäuser
    car_rental: eine Autovermietung / Autovermietungen
    car_repair: eine Autowerkstatt / Autowerkstätten
    tyres: ein Reifengeschäft / Reifengeschäfte
    car_wash: eine Autowaschanlage / Autowaschanlagen
    car_parts: ein Geschäft für Autoteile / Geschäfte für Autoteile
    car_dealer: ein Autohaus / Autohäuser
    motorcycle: ein Motorradgeschäft / Motorradgeschäfte
    driving_school: eine Fahrschule / Fahrschulen
    florist: ein Blumenladen / Blumenläden
    jeweller: ein Juweliergeschäft / Juweliergeschäfte
    bicycle: ein Fahrradladen / Fahrradläden
    books: eine Buchhandlung / Buchhandlungen
    clothes: ein Bekleidungsgeschäft / Bekleidungsgeschäfte
    shoes: ein Schuhgeschäft / Schuhgeschäfte
    furniture: ein Möbelgeschäft / Möbelgeschäfte
    gift: ein Geschenkeladen / Geschenkeläden
    toys: ein Spielwarengeschäft / Spielwarengeschäfte
    electronics: ein Elektronikgeschäft / Elektronikgeschäfte
    hardware: ein Eisenwarengeschäft / Eisenwarengeschäfte
    antiques: ein Antiquitätengeschäft / Antiquitätengeschäfte
    art: ein Geschäft für Kunst und Kunsthandwerk / Geschäfte für Kunst und Kunsthandwerk
    second_hand: ein Secondhandladen / Secondhandläden
    music_shop: ein Musikgeschäft / Musikgeschäfte
    stationery: ein Schreibwarengeschäft / Schreibwarengeschäfte
    sports_shop: ein Sportgeschäft / Sportgeschäfte
    fabric_shop: ein Stoffgeschäft / Stoffgeschäfte
    shoemaker: eine Schuhmacherei / Schuhmachereien
    design_agency: ein Designbüro / Designbüros
    it_services: ein IT-Unternehmen / IT-Unternehmen
    recording_studio: ein Tonstudio / Tonstudios
    lawyer: eine Anwaltskanzlei / Anwaltskanzleien
    accountant: ein Buchhaltungsbüro / Buchhaltungsbüros
    notary: ein Notariat / Notariate
    estate_agent: ein Immobilienbüro / Immobilienbüros
    insurance: ein Versicherungsbüro / Versicherungsbüros
    photographer: ein Fotostudio / Fotostudios
    architect: ein Architekturbüro / Architekturbüros
    funeral_directors: ein Bestattungsunternehmen / Bestattungsunternehmen
    travel_agency: ein Reisebüro / Reisebüros
    tailor: eine Schneiderei / Schneidereien
    dry_cleaning: eine Textilreinigung / Textilreinigungen
    print_shop: eine Druckerei / Druckereien
    gardener: ein Gartenbaubetrieb / Gartenbaubetriebe
    garden_centre: ein Gartencenter / Gartencenter
    interior: ein Geschäft für Wohnen und Einrichten / Geschäfte für Wohnen und Einrichten
    kitchen: ein Geschäft für Küche und Bad / Geschäfte für Küche und Bad
    upholsterer: eine Polsterei / Polstereien
    flooring: ein Geschäft für Bodenbeläge / Geschäfte für Bodenbeläge
    appliances: ein Geschäft für Haushaltsgeräte / Geschäfte für Haushaltsgeräte
    escape_game: ein Escape-Room / Escape-Rooms
    gym: ein Fitnessstudio / Fitnessstudios
    yoga: ein Yogastudio / Yogastudios
    dance: eine Tanzschule / Tanzschulen
    martial_arts: eine Kampfsportschule / Kampfsportschulen
    language_school: eine Sprachschule / Sprachschulen
    childcare: eine Kindertagesstätte / Kindertagesstätten
    guest_house: eine Pension / Pensionen
    hotel: ein Hotel / Hotels
    hostel: ein Hostel / Hostels
    apartment: eine Ferienwohnung / Ferienwohnungen
    veterinary: eine Tierarztpraxis / Tierarztpraxen
    pet: eine Zoohandlung / Zoohandlungen
    pet_grooming: ein Hundesalon / Hundesalons
    trades: ein Handwerksbetrieb / Handwerksbetriebe
    food: ein Ort für Essen und Trinken / Orte für Essen und Trinken
    beauty: ein Studio für Schönheit und Pflege / Studios für Schönheit und Pflege
    health: eine Gesundheitspraxis / Gesundheitspraxen
    automotive: ein Kfz-Betrieb / Kfz-Betriebe
    retail: ein Laden / Läden
    professional: ein Büro / Büros
    home_garden: ein Betrieb für Haus und Garten / Betriebe für Haus und Garten
    fitness: ein Ort für Kurse und Training / Orte für Kurse und Training
    lodging_pets: ein Betrieb / Betriebe
""")

# Where Austria or Switzerland has another word for the trade.
GERMAN_OF: Final = {
    "AT": _names("""
        plumber: ein Installateurbetrieb / Installateurbetriebe
        chimney_sweep: ein Rauchfangkehrerbetrieb / Rauchfangkehrerbetriebe
        butcher: eine Fleischerei / Fleischereien
        pub: ein Lokal / Lokale
        ice_cream: ein Eissalon / Eissalons
        doctor: eine Ordination / Ordinationen
        childcare: ein Kindergarten / Kindergärten
    """),
    "CH": _names("""
        plasterer: ein Gipserbetrieb / Gipserbetriebe
        chimney_sweep: ein Kaminfegerbetrieb / Kaminfegerbetriebe
        hairdresser: ein Coiffeursalon / Coiffeursalons
        bicycle: ein Veloladen / Veloläden
        car_repair: eine Garage / Garagen
        pub: ein Lokal / Lokale
        confectionery: ein Geschäft für Süsses und Gebäck / Geschäfte für Süsses und Gebäck
        childcare: eine Kita / Kitas
        tyres: ein Pneuhaus / Pneuhäuser
        stationery: eine Papeterie / Papeterien
    """),
}
