"""How the columns of lists are usually named, in the languages in which lists are written here."""

from typing import Final

# Our field, then how its column is usually named, in the order of preference: English, German, French, Spanish,
# Italian; in plain small letters, with _ for all that is none.
HEADERS: Final = {
    "id": "id business_id record_id place_id external_id customer_id kundennummer kunden_nr kunden_id identifiant "
    "identificador id_cliente codice_cliente",
    "name": "name business_name company_name company business organisation organization trading_name title "
    "firma firmenname betrieb unternehmen raison_sociale entreprise nom_entreprise societe nom "
    "razon_social empresa negocio nombre ragione_sociale azienda ditta nome",
    "lat": "lat latitude geo_lat y breite breitengrad geo_breite latitud latitudine",
    "lon": "lon lng long longitude geo_lon geo_lng x lange laenge langengrad laengengrad geo_laenge longitud "
    "longitudine",
    "category": "category trade industry business_type sector type branche kategorie gewerbe gewerk "
    "categorie secteur activite metier categoria actividad rubro settore attivita",
    "phone": "phone telephone tel phone_number contact_phone mobile telefon telefonnummer tel_nr rufnummer mobil "
    "handy numero_de_telephone telefono movil cellulare",
    "email": "email e_mail mail email_address contact_email e_mail_adresse mailadresse mail_adresse courriel "
    "adresse_e_mail correo correo_electronico posta_elettronica indirizzo_email",
    "website": "website site web_site url website_url homepage web webseite internetseite internet site_web "
    "site_internet sitio_web pagina_web sito sito_web",
    "facebook": "facebook facebook_url",
    "instagram": "instagram instagram_url",
    "street": "street street_address address address_1 address_line_1 strasse anschrift adresse rue voie calle "
    "direccion via indirizzo",
    "housenumber": "housenumber house_number street_number hausnummer hausnr hnr numero_de_rue numero_de_calle "
    "numero_civico civico",
    "city": "city town locality municipality ort stadt gemeinde wohnort ville commune localite ciudad poblacion "
    "localidad municipio citta comune localita",
    "postcode": "postcode postal_code zip zip_code zipcode plz postleitzahl code_postal cp codigo_postal cap "
    "codice_postale",
    "region": "region state province county bundesland kanton provinz departement provincia "
    "comunidad_autonoma regione",
    "country": "country country_code land landercode pays pais paese nazione",
    "opening_hours": "opening_hours hours offnungszeiten oeffnungszeiten horaires heures_d_ouverture horario "
    "horarios orari orario orari_di_apertura",
    "brand": "brand chain marke kette marque enseigne marca cadena catena insegna",
    "rating": "rating stars bewertung sterne valoracion puntuacion valutazione",
    "review_count": "review_count reviews number_of_reviews bewertungen anzahl_bewertungen nombre_d_avis "
    "numero_de_resenas numero_recensioni recensioni",
    "status": "status business_status operating_status betriebsstatus statut",
}
