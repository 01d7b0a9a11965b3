"""What directories, maps and lists call the trades of businesses.categories, in English.

One table for every source that names trades in words: the names of Overture Maps, of Google's categories and
those that people write into lists meet in it once they are written alike ("Hair salon", "hair_salon").
"""

import re
from collections.abc import Iterable
from typing import Final

from businesses.categories import CATEGORIES

# slug, then the names that mean it besides its own slug and name; a long list goes on in a second line.
_NAMES: Final = """
plumber           plumbing plumbing_service backflow_services water_heater_installation_repair hydro_jetting
electrician       electrical_installation_service electrical_contractor electrical_service
roofer            roofing roofing_contractor ceiling_and_roofing_repair_and_service gutter_service
painter           painting painter_and_decorator house_painter wallpaper_installers painting_contractor
locksmith         key_and_locksmith locksmith_service
hvac              hvac_services hvac_contractor heating_contractor heating_and_cooling air_duct_cleaning_service
hvac              air_conditioning_contractor air_conditioning_repair_service hvac_service
carpenter         cabinet_sales_service deck_and_railing_sales_service carpentry joiner cabinet_maker
stonemason        masonry_concrete masonry_contractors stone_and_masonry masonry_contractor bricklayer
plasterer         drywall_services stucco_services drywall_contractor
tiler             tiling tile_contractor grout_service
flooring          flooring_store flooring_contractors carpet_store carpet_installation rug_store flooring_contractor
glazier           glass_and_mirror_sales_service glass_repair_service glazing
windows           windows_installation skylight_installation door_sales_service shutters garage_door_service
windows           window_installation_service garage_door_supplier window_supplier door_supplier
chimney_sweep     chimney_service chimney_services
insulation        insulation_installation insulation_contractor
metalworker       blacksmiths ironworkers welders metal_fabricator welder blacksmith iron_work
builder           building_contractor contractor construction_services altering_and_remodeling_contractor
builder           paving_contractor home_developer foundation_repair general_contractor construction_company
builder           kitchen_remodeling bathroom_remodeling home_builder remodeler
mover             movers packing_services moving_company moving_and_storage_service
handyman          handyman_service handyperson handywoman
solar             solar_installation solar_energy_company solar_energy_contractor
pest_control      pest_control_service wildlife_control
pizzeria          pizza_restaurant pizza_delivery_service pizza pizza_takeaway pizza_delivery
restaurant        bistro brasserie diner steakhouse gastropub soul_food supper_club tapas_bar dinner_theater
restaurant        casual_eatery buffet_restaurant steak_house family_restaurant
cafe              coffee_shop tea_room coffee_roastery bubble_tea hong_kong_style_cafe smoothie_juice_bar juice_bar
cafe              tea_house coffee_and_tea_supplies
bar               cocktail_bar wine_bar beer_bar sports_bar lounge dive_bar champagne_bar whiskey_bar tiki_bar
bar               piano_bar speakeasy sake_bar vermouth_bar beach_bar cigar_bar hookah_bar gay_bar bar_and_grill
pub               irish_pub beer_garden beer_hall
fast_food         fast_food_restaurant sandwich_shop food_stand food_truck friterie doner_kebab hot_dog_restaurant
fast_food         takeaway takeout_restaurant meal_takeaway
ice_cream         ice_cream_shop ice_cream_and_frozen_yoghurt gelato frozen_yoghurt_shop shaved_ice_shop gelato_shop
bakery            bagel_shop flatbread back_shop baguettes pretzels bakery_and_cake_shop
confectionery     patisserie_cake_shop cupcake_shop custom_cakes_shop candy_store chocolatier desserts donuts
confectionery     macarons pie_shop indian_sweets_shop japanese_confectionery_shop cake_shop pastry_shop
confectionery     chocolate_shop dessert_shop donut_shop patisserie sweet_shop
butcher           butcher_shop meat_shop
fishmonger        seafood_market fish_store seafood_store
deli              delicatessen specialty_foods cheese_shop imported_food pasta_shop gourmet_grocery_store
greengrocer       fruits_and_vegetables health_food_store herb_and_spice_shop organic_grocery_store health_market
greengrocer       fruit_and_vegetable_store produce_market farm_shop
wine_shop         liquor_store beer_wine_and_spirits beverage_store winery wine_store
brewery           distillery cidery brewpub
caterer           personal_chef catering food_catering mobile_caterer
nightclub         dance_club night_club jazz_and_blues strip_club
barber            barber_shop barbershop
hairdresser       hair_salon hair_stylist kids_hair_salon blow_dry_blow_out_service hair_extensions hairdressing_salon
nails             nail_salon
spa               spas day_spa health_spa sauna float_spa turkish_baths
beauty            beauty_salon esthetician skin_care eyebrow_service eyelash_service waxing threading_service sugaring
beauty            hair_removal laser_hair_removal makeup_artist permanent_makeup tanning_salon spray_tanning
beauty            beautician skin_care_clinic eyelash_salon waxing_hair_removal_service aesthetician facial_spa
massage           massage_therapy reflexology massage_therapist massage_spa
tattoo            tattoo_and_piercing piercing tattoo_shop tattoo_parlor body_piercing_shop henna_artist
cosmetics         cosmetic_and_beauty_supplies perfume_store hair_supply_stores cosmetics_store
physiotherapist   physical_therapy physical_therapist physical_therapy_clinic
dentist           general_dentistry cosmetic_dentist orthodontist pediatric_dentist endodontist periodontist
dentist           prosthodontist oral_surgeon dental_clinic dental_hygienist
doctor            family_practice internal_medicine dermatologist pediatrician cardiologist general_practitioner
doctor            ear_nose_and_throat ophthalmologist obstetrician_and_gynecologist orthopedist gynecologist podiatrist
clinic            medical_center walk_in_clinic storefront_clinic urgent_care_clinic medical_clinic
veterinary        veterinarian animal_hospital emergency_pet_hospital
optician          eyewear_and_optician optometrist sunglasses_store eye_care_clinic eye_care_center
hearing_aids      hearing_aid_provider audiologist hearing_aid_store
therapist         psychotherapist psychologist counseling_and_mental_health family_counselor acupuncture
therapist         marriage_or_relationship_counselor naturopathic_holistic osteopath osteopathic_physician
therapist         homeopathic_medicine hypnosis_hypnotherapy counselor acupuncturist acupuncture_clinic
medical_supply    dental_supply_store orthotics prosthetics medical_supply_store
pharmacy          drugstore chemist drug_store
car_repair        automotive_repair auto_body_shop brake_service_and_repair auto_glass_service auto_detailing
car_repair        automotive_services_and_repair transmission_repair oil_change_station engine_repair_service
car_repair        exhaust_and_muffler_repair mobile_dent_repair auto_electrical_repair auto_repair_shop mechanic
car_repair        windshield_installation_and_repair auto_upholstery car_window_tinting truck_repair car_service
car_repair        auto_repair car_repair_and_maintenance_service car_detailing_service towing_service
tyres             tire_shop tire_repair_shop tire_dealer_and_repair wheel_and_rim_repair
driving_school    traffic_school
car_dealer        used_car_dealer automotive_dealer truck_dealer trailer_dealer recreational_vehicle_dealer
car_parts         automotive_parts_and_accessories auto_parts_and_supply_store car_stereo_store auto_parts_store
motorcycle        motorcycle_dealer motorcycle_repair motorcycle_gear scooter_dealers motorcycle_repair_shop
car_rental        car_rental_agency truck_rentals rv_rentals motorcycle_rentals
fuel              gas_station truck_gas_station fuel_dock petrol_station
florist           flowers_and_gifts_shop floral_designer flower_shop flower_designer
jeweller          jewelry_store watch_store goldsmith jewelry_repair_service watch_repair_service jeweler
jeweller          clock_repair_service jewelry_designer
bicycle           bicycle_store bike_repair_maintenance bicycle_repair_shop bike_shop
books             bookstore used_bookstore academic_bookstore comic_books_store book_store
clothes           clothing_store boutique womens_clothing_store mens_clothing_store childrens_clothing_store fashion
clothes           bridal_shop formal_wear_store lingerie_store designer_clothing hat_shop saree_shop uniform_store
clothes           denim_wear_store maternity_wear t_shirt_store sports_wear swimwear_store women_s_clothing_store
clothes           men_s_clothing_store bridal_store fashion_boutique
shoes             shoe_store handbag_stores leather_goods fashion_accessories_store luggage_store orthopedic_shoe_store
gift              souvenir_shop party_supply trophy_shop party_store
toys              toy_store baby_gear_and_furniture tabletop_games hobby_shop baby_store game_store
art               art_gallery art_supply_store framing_store handicraft_shop arts_and_crafts craft_shop
art               picture_frame_shop craft_store pottery_store
antiques          antique_store
second_hand       thrift_store used_vintage_and_consignment flea_market second_hand_store consignment_shop
music_shop        musical_instrument_store guitar_store piano_store vinyl_record_store music_and_dvd_store
music_shop        music_store record_store
stationery        cards_and_stationery_store office_equipment pen_store stationery_store office_supply_store
electronics       computer_store mobile_phone_store audio_visual_equipment_store electronics_store cell_phone_store
electronics       mobile_phone_accessories home_theater_systems_stores video_game_store
sports_shop       sporting_goods outdoor_gear golf_equipment ski_and_snowboard_shop surf_shop skate_shop dive_shop
sports_shop       sporting_goods_store
fabric_shop       fabric_store knitting_supply embroidery_and_crochet yarn_store sewing_shop
convenience       convenience_store grocery_store newspaper_and_magazines_store international_grocery_store
supermarket       superstore wholesale_store wholesale_grocer
department_store  shopping_center discount_store outlet_store shopping_mall
restricted_goods  tobacco_shop e_cigarette_store cannabis_dispensary gun_and_ammo adult_store pawn_shop bookmakers
restricted_goods  betting_center check_cashing_payday_loans lottery_ticket vaporizer_store gun_shop casino
charity_shop      charity_organization donation_center
lawyer            attorney legal_services law_firm attorney_or_law_firm divorce_and_family_law business_law
lawyer            immigration_law personal_injury_law real_estate_law criminal_defense_law estate_planning_law
lawyer            employment_law bankruptcy_law tax_law personal_injury_attorney divorce_lawyer family_law_attorney
accountant        bookkeeper tax_services accounting_firm tax_preparation_service bookkeeping_service tax_consultant
notary            notary_public
photographer      session_photography event_photography boudoir_photography photography_store_and_services
photographer      real_estate_photography photography_studio wedding_photographer photography_service
funeral_directors funeral_services_and_cemeteries cremation_services mortuary_services funeral_home funeral_director
tailor            sewing_and_alterations gents_tailor custom_clothing dressmaker clothing_alteration_service
shoemaker         shoe_repair shoe_repair_shop
dry_cleaning      dry_cleaner laundry_services laundromat laundry laundry_service
insurance         insurance_agency auto_insurance life_insurance home_and_rental_insurance insurance_broker
estate_agent      real_estate_agent real_estate real_estate_agency property_management apartment_agent
estate_agent      real_estate_service real_estate_rental_agency property_management_company
architect         architectural_designer engineering_services land_surveying landscape_architect structural_engineer
architect         civil_engineers surveyor architecture_firm
travel_agency     travel_agents travel_services sightseeing_tour_agency tour_agency tour_operator
design_agency     advertising_agency graphic_designer marketing_agency web_designer social_media_agency
design_agency     internet_marketing_service website_designer graphic_design marketing_consultant
it_services       it_service_and_computer_repair it_support_and_service it_consultant software_development
it_services       computer_hardware_company electronics_repair_shop mobile_phone_repair data_recovery
it_services       computer_repair_service computer_support_and_services mobile_phone_repair_shop technical_service
print_shop        printing_services commercial_printer sign_making screen_printing_t_shirt_printing duplication_services
print_shop        sign_shop copy_shop screen_printer digital_printing_service
recording_studio  recording_and_rehearsal_studio music_production_services
storage           self_storage_facility storage_facility
childcare         child_care_and_day_care day_care_preschool preschool nanny_services day_care_center kindergarten
bank              banks bank_credit_union credit_union atms atm
post_office       shipping_center courier_and_delivery_services shipping_collection_services courier_service
public_body       town_hall courthouse embassy police_department fire_department library central_government_office
public_body       local_and_state_government_offices community_center non_governmental_association government_office
public_body       school elementary_school high_school college_university church_cathedral hospital city_hall
gardener          landscaping lawn_service tree_services irrigation landscaper tree_service lawn_care_service
gardener          landscape_designer arborist snow_removal_service
cleaner           home_cleaning carpet_cleaning window_washing janitorial_services office_cleaning pressure_washing
cleaner           cleaning_services pool_cleaning house_cleaning_service window_cleaning_service cleaning_service
cleaner           carpet_cleaning_service commercial_cleaning_service pressure_washing_service janitorial_service
garden_centre     nursery_and_gardening outdoor_furniture_store garden_center plant_nursery
furniture         furniture_store mattress_store furniture_accessory_store used_furniture_store furniture_maker
upholsterer       furniture_reupholstery furniture_repair upholstery_shop furniture_repair_shop
kitchen           kitchen_and_bath bathroom_fixture_stores kitchen_supply_store tile_store countertop_installation
kitchen           kitchen_remodeler bathroom_supply_store
interior          interior_design home_decor lighting_store home_goods_store window_treatment_store candle_store
interior          linen bedding_and_bath_stores wallpaper_store shades_and_blinds tableware_supplier
interior          interior_designer home_goods_shop lighting_fixtures_and_equipment
hardware          hardware_store do_it_yourself_store paint_store building_supply_store home_improvement_store
hardware          machine_and_tool_rentals lumber_store tool_rental_service
appliances        appliance_store appliance_repair_service fireplace_service washer_and_dryer_repair_service
yoga              yoga_studio yoga_instructor pilates_studio barre_classes
martial_arts      martial_arts_club karate_club taekwondo_club brazilian_jiu_jitsu_club boxing_gym boxing_club
martial_arts      kickboxing_club muay_thai_club boxing_class martial_arts_school karate_school
gym               fitness_trainer boot_camp cycling_classes health_and_wellness_club rock_climbing_gym fitness_center
gym               personal_trainer gymnasium
dance             dance_school salsa_club dance_studio ballet_school
escape_game       escape_rooms escape_room_center
hotel             motel inn resort lodge accommodation boutique_hotel
guest_house       bed_and_breakfast country_house agriturismo
apartment         holiday_rental_home service_apartments self_catering_accommodation cottage cabin vacation_rental
hostel            mountain_huts youth_hostel
pet_grooming      pet_groomer dog_groomer
pet               pet_store pet_services pet_boarding pet_sitting dog_walkers dog_trainer pet_training aquatic_pet_store
pet               bird_shop reptile_shop pet_supply_store pet_shop dog_walker kennel
"""

# Every kind of kitchen is named so: "thai_restaurant".
_ENDINGS: Final = (
    ("_restaurant", "restaurant"),
    ("_law", "lawyer"),
    ("_lawyer", "lawyer"),
    ("_attorney", "lawyer"),
)


def category_of_name(name: str) -> str:
    """The slug of a trade by one of its names, however it is written; "" where no trade of the table fits."""
    key = _key(name)
    if slug := _SLUG_OF_NAME.get(key, ""):
        return slug
    return next((slug for ending, slug in _ENDINGS if key.endswith(ending)), "")


def is_trade_in_words(phrase: str, *, family: str) -> bool:
    """Whether the whole phrase is the name of a trade of this family: "car wash", not "lumber"."""
    slug = _SLUG_OF_NAME.get(_key(phrase), "")
    return bool(slug) and CATEGORIES[slug].family == family


def category_of_names(names: Iterable[str]) -> str:
    """The slug of the first name that means a trade of the table."""
    return next((slug for name in names if (slug := category_of_name(name))), "")


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()[:200]).strip("_")


_SLUG_OF_NAME: Final = {_key(c.name): c.slug for c in CATEGORIES.values()} | {
    name: slug for slug, *names in map(str.split, _NAMES.strip().splitlines()) for name in (slug, *names)
} | {slug: slug for slug in CATEGORIES}  # fmt: skip

# Every word in the name of some trade.
TRADE_WORDS: Final = frozenset(word for name in _SLUG_OF_NAME for word in name.split("_"))
