"""Where customers are from: invented company names, people and towns of a dozen countries. Domains end in `.example`, which nobody owns."""

from dataclasses import dataclass
from typing import Literal

Order = Literal["stem first", "trade first", "given first", "family first"]


@dataclass(frozen=True, slots=True)
class Country:
    """What names of one country are made of.

    Attributes:
        weight: how often it is taken.
        company: how stem, trade and form are put together.
        person: how given and family name are put together.
        towns: name, region or nothing, postal code.
        tax_prefix: None where customers state no tax id.
    """

    code: str
    weight: int
    currency: str
    phone: str
    tax_prefix: str | None
    stems: tuple[str, ...]
    trades: tuple[str, ...]
    forms: tuple[str, ...]
    given: tuple[str, ...]
    family: tuple[str, ...]
    towns: tuple[tuple[str, str, str], ...]
    streets: tuple[str, ...]
    company: str = "{stem} {trade} {form}"
    person: str = "{given} {family}"


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split("|"))


def _towns(text: str) -> tuple[tuple[str, str, str], ...]:
    parts = [town.split(",") for town in text.split("|")]
    return tuple((name.strip(), region.strip(), code.strip()) for name, region, code in parts)


COUNTRIES = (
    Country(
        "DE",
        weight=22,
        currency="EUR",
        phone="+49 30 55",
        tax_prefix="DE",
        stems=_words("Brandtner|Möwe|Lindhof|Großkamp|Sägewald|Elbtal|Überseehaus|Kießling|Rothbach|Tannert|Windmöller|Jägerhof|Nordlicht"),
        trades=_words("Logistik|Maschinenbau|Gebäudetechnik|Feinkost|Druckerei|Medizintechnik|Möbelwerke|Solar"),
        forms=_words("GmbH|GmbH & Co. KG|AG|e. K."),
        given=_words("Jörg|Anja|Björn|Käthe|Uwe|Sabine|Mehmet|Lena|Götz|Friederike"),
        family=_words("Müller|Schäfer|Weiß|Krüger|Şahin|Böhm|Hartwig|Lüders|Voß|Zöllner"),
        towns=_towns("Lübeck,,23552|Göttingen,,37073|Köln,,50667|Dresden,,01067|Saarbrücken,,66111"),
        streets=_words("Am Mühlenbach|Hafenstraße|Ziegelweg|Lange Straße"),
    ),
    Country(
        "FR",
        weight=12,
        currency="EUR",
        phone="+33 1 99",
        tax_prefix="FR",
        stems=_words("Beauséjour|L’Étoile|Montclair|Fontvieille|Chênevert|Grand-Large|Marceau|Bois d’Amont|Côte Rousse|Rivière"),
        trades=_words("Boulangerie|Transports|Ateliers|Imprimerie|Bâtiment|Vins|Mécanique|Conseil"),
        forms=_words("SARL|SAS|SA|SCOP"),
        given=_words("Élodie|Jérôme|Chloé|François|Maëlle|Benoît|Inès|Théo|Amélie|Rachid"),
        family=_words("Lefèvre|Dubois|Garçon|Benaïssa|Moreau|Desprès|L’Hermite|Fournier|Géroux|Cœur"),
        towns=_towns("Besançon,,25000|Nîmes,,30000|Orléans,,45000|Saint-Étienne,,42000"),
        streets=_words("rue de l’Église|quai des Brumes|avenue du Général|chemin Vert"),
        company="{trade} {stem} {form}",
    ),
    Country(
        "GB",
        weight=12,
        currency="GBP",
        phone="+44 20 7946 0",
        tax_prefix="GB",
        stems=_words("Harrowgate|Pembrook|Thistle & Pike|Oxbow|Fairlight|Kestrel|Marlowe Brothers|Stonebridge|Wren’s|Caldercote"),
        trades=_words("Haulage|Foods|Engineering|Interiors|Print Works|Dental Supplies|Marine|Analytics"),
        forms=_words("Ltd|Limited|plc|LLP"),
        given=_words("Siobhán|Gareth|Priya|Alasdair|Zoë|Imogen|Kwame|Rhys|Niamh|Oliver"),
        family=_words("O’Donnell|Llewellyn|Patel|MacIntyre|Ashworth|Okafor|Brontley|Fitzgerald|Sutcliffe|Khan"),
        towns=_towns("Hereford,Herefordshire,HR1 2AA|Perth,Perthshire,PH1 5AB|Whitby,North Yorkshire,YO21 1AA|Swansea,,SA1 1AA"),
        streets=_words("Mill Lane|Harbour Parade|Old Station Road|Foundry Yard"),
    ),
    Country(
        "US",
        weight=12,
        currency="USD",
        phone="+1 555 01",
        tax_prefix=None,
        stems=_words("Blue Mesa|Cedar Fork|Prairie Gold|Three Rivers|Ironwood|Larkspur|Copperline|Big Hollow|Juniper & Sons|Silverton"),
        trades=_words("Freight|Robotics|Outfitters|Dairy|Software|Roofing|Hospitality|Labs"),
        forms=_words("Inc.|LLC|Corp.|Co."),
        given=_words("Darnell|Emily|José|Hannah|Wei|Tyler|Aaliyah|Grace|Rubén|Megan"),
        family=_words("Johnson|Nguyễn|García|Whitfield|Chen|O’Brien|Washington|Kowalski|Peña|Abernathy"),
        towns=_towns("Duluth,MN,55802|Santa Fe,NM,87501|Macon,GA,31201|Boise,ID,83702|Toledo,OH,43604"),
        streets=_words("Main Street|Old Mill Road|Commerce Parkway|5th Avenue"),
    ),
    Country(
        "JP",
        weight=7,
        currency="JPY",
        phone="+81 3 5550",
        tax_prefix="T",
        stems=_words("桜川|北斗|みどり|東山|富士見|あおぞら|竹中島|海風"),
        trades=_words("製作所|食品|印刷|電機|物流|工業"),
        forms=_words("株式会社|有限会社|合同会社"),
        given=_words("太郎|美咲|健|さくら|大輔|裕子|翔|直美"),
        family=_words("佐藤|高橋|渡辺|小林|中村|吉田|松本|井上"),
        towns=_towns("横浜市,神奈川県,220-0001|札幌市,北海道,060-0001|福岡市,福岡県,810-0001"),
        streets=_words("本町1-2|中央3-4|港町5-6"),
        company="{form}{stem}{trade}",
        person="{family} {given}",
    ),
    Country(
        "KW",
        weight=6,
        currency="KWD",
        phone="+965 2200",
        tax_prefix=None,
        stems=_words("الواحة|Al Noor|السدرة|Gulf Pearl|Al Bahr|المرجان|Failaka|Al Safwa"),
        trades=_words("Trading|للتجارة|Contracting|Marine Services|للمقاولات|Foodstuff"),
        forms=_words("W.L.L.|K.S.C.C.|ذ.م.م"),
        given=_words("Fāṭima|Yūsuf|نورة|Khalid|Maryam|عبدالله|Sara|Bader"),
        family=_words("Al-Sabbagh|الهاشمي|Al-Rashed|Behbehani|المطوع|Al-Qattan"),
        towns=_towns("Kuwait City,Al Asimah,13001|Salmiya,Hawalli,22001|Al Jahra,Jahra,01001"),
        streets=_words("Block 3, Street 12|Fahad Al-Salem Street|Block 7, Street 4"),
    ),
    Country(
        "ES",
        weight=8,
        currency="EUR",
        phone="+34 91 55",
        tax_prefix="ES",
        stems=_words("Peñalba|Río Ebro|Sol y Sombra|La Muñoza|Cañada Real|Montañés|El Álamo|Guadaíra"),
        trades=_words("Hostelería|Transportes|Cerámica|Aceites|Construcciones|Textil"),
        forms=_words("S.L.|S.A.|S. Coop."),
        given=_words("Íñigo|Begoña|María José|Álvaro|Núria|Jesús|Lucía|Xavier"),
        family=_words("Muñoz Íbarra|García-Peña|Ibáñez|Núñez|Echeverría|Puigdomènech|Ordóñez"),
        towns=_towns("Logroño,La Rioja,26001|Cádiz,Andalucía,11001|León,Castilla y León,24001"),
        streets=_words("Calle Mayor|Avenida de la Constitución|Plaza del Ayuntamiento"),
        company="{trade} {stem}, {form}",
    ),
    Country(
        "IT",
        weight=7,
        currency="EUR",
        phone="+39 02 555",
        tax_prefix="IT",
        stems=_words("Fratelli Bonaventura|Monteverde|La Libertà|Acquachiara|Sant’Elia|Valsèsia|Città Alta|Torregrossa"),
        trades=_words("Ceramiche|Trasporti|Arredamenti|Caffè|Meccanica|Tessuti"),
        forms=_words("S.r.l.|S.p.A.|S.n.c."),
        given=_words("Niccolò|Giulia|Andrea|Chiara|Donato|Letizia|Zoè|Matteo"),
        family=_words("Dell’Acqua|Esposito|Cantù|De Sanctis|Rossetti|Lo Presti|Forlì"),
        towns=_towns("Forlì,FC,47121|Mantova,MN,46100|L’Aquila,AQ,67100"),
        streets=_words("via Garibaldi|corso Umberto I|piazza del Popolo"),
    ),
    Country(
        "PL",
        weight=6,
        currency="EUR",
        phone="+48 22 555",
        tax_prefix="PL",
        stems=_words("Żuraw|Białowieża|Złoty Kłos|Wiślany|Ślęża|Kraków Południe|Dąbrowa"),
        trades=_words("Transport|Stolarka|Piekarnia|Elektronika|Budownictwo"),
        forms=_words("Sp. z o.o.|S.A.|S.K.A."),
        given=_words("Łukasz|Małgorzata|Paweł|Żaneta|Jędrzej|Agnieszka"),
        family=_words("Wiśniewska|Kowalczyk|Dąbrowski|Źrebiec|Łoś|Zając"),
        towns=_towns("Łódź,,90-001|Gdańsk,,80-001|Rzeszów,,35-001"),
        streets=_words("ul. Świętojańska|ul. Długa|al. Niepodległości"),
    ),
    Country(
        "SE",
        weight=5,
        currency="EUR",
        phone="+46 8 555",
        tax_prefix="SE",
        stems=_words("Björkängen|Åsen|Norrsken|Älvdal|Fjällräv|Östersund Syd|Skärgård"),
        trades=_words("Trä|Frakt|Energi|Livsmedel|Konsult"),
        forms=_words("AB|HB|Ek. för."),
        given=_words("Åsa|Göran|Malin|Östen|Linnéa|Håkan"),
        family=_words("Sjöström|Lindqvist|Öberg|Nyström|Hägglund|Ek"),
        towns=_towns("Umeå,,903 26|Malmö,,211 20|Växjö,,352 30"),
        streets=_words("Storgatan|Ängsvägen|Hamngatan"),
    ),
    Country(
        "NL",
        weight=5,
        currency="EUR",
        phone="+31 20 555",
        tax_prefix="NL",
        stems=_words("De Gouden Haan|Waterland|’t Hoekje|Zeeuwse Ster|Van der Zee|IJsselmond"),
        trades=_words("Groothandel|Bouw|Bloemen|Techniek|Advies"),
        forms=_words("B.V.|N.V.|V.O.F."),
        given=_words("Joëlle|Maarten|Fenna|Sjoerd|Noor|Daniël"),
        family=_words("van ’t Hof|de Vries|Bakker|van den Berg|Çelik|Postma"),
        towns=_towns("’s-Hertogenbosch,,5211 AA|Zwolle,,8011 AA|Delft,,2611 AA"),
        streets=_words("Oude Gracht|Kerkstraat|Havenweg"),
    ),
)


PROJECTS = _words("Project Aurora|Werk Süd|Phase 2|Refit|Bâtiment C|North Wing|Filiale Centro|Pilot|店舗改装|Fit-out")
TITLES = {
    "billing": {"DE": "Leitung Buchhaltung", "FR": "Comptable", "JP": "経理部", "ES": "Contabilidad", "IT": "Contabilità"},
    "decision_maker": {"DE": "Geschäftsführung", "FR": "Direction financière", "JP": "代表取締役", "ES": "Dirección", "IT": "Direzione"},
    "other": {"DE": "Einkauf", "FR": "Assistance", "JP": "購買部", "ES": "Compras", "IT": "Acquisti"},
}
"""What people are called by role and country; elsewhere in English."""
ENGLISH_TITLES = {"billing": "Accounts Payable", "decision_maker": "Managing Director", "other": "Office Manager"}
OWNERS = ("ines.albers@dunwell.example", "tomás.rey@dunwell.example", "grace.lin@dunwell.example", "oskar.berg@dunwell.example")
ITEMS = (
    ("Service plan", "Maintenance and support, one month", 24900),
    ("Consulting", "Consulting day, on site", 96000),
    ("Licence", "Software licence, per seat", 3950),
    ("Spare parts", "Bearings and seals, set", 18675),
    ("Freight", "Pallet, door to door", 7340),
    ("Training", "Training, half a day", 42500),
    ("Hosting", "Managed server, one month", 11990),
    ("Installation", "Installation and acceptance", 154000),
)
"""What is sold: item, description, price of one in euro cents; other currencies take it at their scale."""
