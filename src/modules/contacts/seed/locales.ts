import * as names from './names.ts'
import * as organisations from './organisations.ts'
import * as towns from './towns.ts'
import * as moreTowns from './towns-more.ts'

const { list } = names

/** All that the people of one country (or one language of it) have in common. */
export type SeedLocale = {
  /** How many of a hundred people live here. */
  share: number
  /** ISO 3166-1 alpha-2. */
  country: string
  /** BCP 47. */
  language: string
  /** IANA; a town may have its own. */
  timeZone: string
  names: names.NameList
  organisations: organisations.OrganisationParts
  towns: readonly towns.Town[]
  streets: readonly string[]
  /** How street and house number are written, where `{street}` and `{number}` stand for them. */
  streetLine: string
  /**
   * Telephone numbers with `#` for any digit: ranges set aside for films and plays where a country has them, otherwise
   * subscriber numbers that begin with 1, which numbering plans hardly hand out. Test data shall not ring anybody up.
   */
  phones: readonly string[]
  mobiles: readonly string[]
}

const GERMAN_STREETS = list(`
  Ahornweg, Albert-Schweitzer-Straße, Am Bahnhof, Am Mühlenbach, An der Kirche, Auf der Höhe, Bahnhofstraße, Bergstraße,
  Birkenweg, Blumenstraße, Brückenstraße, Buchenweg, Dorfstraße, Eichendorffstraße, Feldweg, Friedhofstraße,
  Gartenstraße, Goethestraße, Grüner Weg, Hauptstraße, Im Tal, Jahnstraße, Kastanienallee, Kirchgasse,
  Königsberger Straße, Lange Straße, Lindenallee, Lindenstraße, Marktplatz, Mozartstraße, Mühlenweg, Parkstraße,
  Poststraße, Ringstraße, Rosenweg, Schillerstraße, Schloßstraße, Schulstraße, Tannenweg, Theodor-Heuss-Platz,
  Uhlandstraße, Waldstraße, Wiesengrund, Zum Sportplatz
`)
const FRENCH_STREETS = list(`
  allée des Tilleuls, avenue Jean Jaurès, avenue Victor Hugo, boulevard Voltaire, chemin des Vignes, impasse du Moulin,
  place de la République, rue de l'Église, rue de la Gare, rue de la Paix, rue des Écoles, rue du Château, rue Pasteur
`)

/** Where the people of the seed live. The shares add up to 100. */
export const SEED_LOCALES: readonly SeedLocale[] = [
  {
    share: 60,
    country: 'DE',
    language: 'de-DE',
    timeZone: 'Europe/Berlin',
    names: names.GERMAN_NAMES,
    organisations: organisations.GERMAN_ORGANISATIONS,
    towns: towns.GERMAN_TOWNS,
    streets: GERMAN_STREETS,
    streetLine: '{street} {number}',
    // With an extension of two digits, so that not too many people share a number.
    phones: list(
      '+49 30 23125 ###-##, +49 40 66969 ###-##, +49 69 90009 ###-##, +49 221 4710 ###-##, +49 89 99998 ###-##',
    ),
    mobiles: list('+49 171 39200 ##, +49 176 040690 ##'),
  },
  {
    share: 6,
    country: 'AT',
    language: 'de-AT',
    timeZone: 'Europe/Vienna',
    names: names.AUSTRIAN_NAMES,
    organisations: organisations.AUSTRIAN_ORGANISATIONS,
    towns: towns.AUSTRIAN_TOWNS,
    streets: list(`
      Am Anger, Bahnhofstraße, Bergstraße, Dr.-Karl-Renner-Straße, Feldgasse, Hauptplatz, Kaiser-Franz-Josef-Straße,
      Kirchengasse, Landstraße, Lindengasse, Mariahilfer Straße, Mozartgasse, Mühlgasse, Schulgasse
    `),
    streetLine: '{street} {number}',
    phones: list('+43 316 1#####, +43 512 1#####'),
    mobiles: [],
  },
  {
    share: 4,
    country: 'CH',
    language: 'de-CH',
    timeZone: 'Europe/Zurich',
    names: names.SWISS_NAMES,
    organisations: organisations.SWISS_ORGANISATIONS,
    towns: towns.SWISS_GERMAN_TOWNS,
    streets: list(`
      Bahnhofstrasse, Bergstrasse, Dorfstrasse, Gartenstrasse, Hauptstrasse, Im Grund, Kirchweg, Lindenweg, Oberdorf,
      Poststrasse, Ringstrasse, Schulhausstrasse, Seestrasse
    `),
    streetLine: '{street} {number}',
    phones: list('+41 44 1## ## ##, +41 31 1## ## ##, +41 61 1## ## ##'),
    mobiles: [],
  },
  {
    share: 2,
    country: 'CH',
    language: 'fr-CH',
    timeZone: 'Europe/Zurich',
    names: names.FRENCH_NAMES,
    organisations: organisations.SWISS_FRENCH_ORGANISATIONS,
    towns: towns.SWISS_FRENCH_TOWNS,
    streets: FRENCH_STREETS,
    streetLine: '{street} {number}',
    phones: list('+41 22 1## ## ##, +41 21 1## ## ##'),
    mobiles: [],
  },
  {
    share: 5,
    country: 'FR',
    language: 'fr-FR',
    timeZone: 'Europe/Paris',
    names: names.FRENCH_NAMES,
    organisations: organisations.FRENCH_ORGANISATIONS,
    towns: towns.FRENCH_TOWNS,
    streets: FRENCH_STREETS,
    streetLine: '{number} {street}',
    phones: list('+33 1 99 00 ## ##, +33 2 61 91 ## ##, +33 3 53 01 ## ##, +33 4 65 71 ## ##, +33 5 36 49 ## ##'),
    mobiles: [],
  },
  {
    share: 4,
    country: 'IT',
    language: 'it-IT',
    timeZone: 'Europe/Rome',
    names: names.ITALIAN_NAMES,
    organisations: organisations.ITALIAN_ORGANISATIONS,
    towns: towns.ITALIAN_TOWNS,
    streets: list(`
      Corso Italia, Piazza Garibaldi, Via Cavour, Via Dante Alighieri, Via della Libertà, Via delle Rose,
      Via Giuseppe Verdi, Via Marconi, Via Mazzini, Via Roma, Viale Europa, Vicolo Corto
    `),
    streetLine: '{street} {number}',
    phones: list('+39 02 1### ####, +39 06 1### ####'),
    mobiles: [],
  },
  {
    share: 4,
    country: 'PL',
    language: 'pl-PL',
    timeZone: 'Europe/Warsaw',
    names: names.POLISH_NAMES,
    organisations: organisations.POLISH_ORGANISATIONS,
    towns: moreTowns.POLISH_TOWNS,
    streets: list(`
      al. Jana Pawła II, pl. Wolności, ul. Długa, ul. Kościuszki, ul. Krótka, ul. Leśna, ul. Lipowa, ul. Mickiewicza,
      ul. Ogrodowa, ul. Polna, ul. Szkolna, ul. Słowackiego
    `),
    streetLine: '{street} {number}',
    phones: list('+48 22 1## ## ##, +48 12 1## ## ##'),
    mobiles: [],
  },
  {
    share: 3,
    country: 'TR',
    language: 'tr-TR',
    timeZone: 'Europe/Istanbul',
    names: names.TURKISH_NAMES,
    organisations: organisations.TURKISH_ORGANISATIONS,
    towns: moreTowns.TURKISH_TOWNS,
    streets: list(`
      Atatürk Caddesi, Bağdat Caddesi, Barış Sokak, Cumhuriyet Caddesi, Çiçek Sokak, Fevzi Çakmak Caddesi, Gül Sokak,
      İnönü Bulvarı, İstiklal Caddesi, Lale Sokak, Okul Sokak, Zafer Caddesi
    `),
    streetLine: '{street} No: {number}',
    phones: list('+90 212 1## ## ##, +90 232 1## ## ##, +90 312 1## ## ##'),
    mobiles: [],
  },
  {
    share: 4,
    country: 'GB',
    language: 'en-GB',
    timeZone: 'Europe/London',
    names: names.BRITISH_NAMES,
    organisations: organisations.BRITISH_ORGANISATIONS,
    towns: moreTowns.BRITISH_TOWNS,
    streets: list(`
      Albert Road, Church Lane, High Street, Kings Road, Manor Road, Mill Lane, Park Avenue, Queens Road, School Lane,
      Station Road, The Crescent, Victoria Road, York Street
    `),
    streetLine: '{number} {street}',
    // The mobile range for films, 07700 900xxx, is left out: libphonenumber calls it invalid.
    phones: list(`
      +44 20 7946 0###, +44 113 496 0###, +44 114 496 0###, +44 116 496 0###, +44 117 496 0###, +44 121 496 0###,
      +44 131 496 0###, +44 141 496 0###, +44 151 496 0###, +44 161 496 0###, +44 191 498 0###, +44 29 2018 0###
    `),
    mobiles: [],
  },
  {
    share: 4,
    country: 'US',
    language: 'en-US',
    timeZone: 'America/New_York',
    names: names.AMERICAN_NAMES,
    organisations: organisations.AMERICAN_ORGANISATIONS,
    towns: moreTowns.AMERICAN_TOWNS,
    streets: list(`
      Cedar Street, Elm Street, Lake Drive, Lincoln Avenue, Main Street, Maple Avenue, Oak Street, Park Avenue,
      Pine Street, Sunset Boulevard, Washington Street, Willow Lane
    `),
    streetLine: '{number} {street}',
    phones: list(`
      +1 202 555 01##, +1 206 555 01##, +1 212 555 01##, +1 215 555 01##, +1 303 555 01##, +1 305 555 01##,
      +1 310 555 01##, +1 312 555 01##, +1 404 555 01##, +1 415 555 01##, +1 504 555 01##, +1 512 555 01##,
      +1 602 555 01##, +1 612 555 01##, +1 617 555 01##, +1 713 555 01##, +1 808 555 01##
    `),
    mobiles: [],
  },
  {
    share: 2,
    country: 'NL',
    language: 'nl-NL',
    timeZone: 'Europe/Amsterdam',
    names: names.DUTCH_NAMES,
    organisations: organisations.DUTCH_ORGANISATIONS,
    towns: moreTowns.DUTCH_TOWNS,
    streets: list(`
      Beatrixlaan, Dorpsstraat, Eikenlaan, Hoofdstraat, Julianastraat, Kerkstraat, Kastanjelaan, Molenweg, Nieuwstraat,
      Prinsengracht, Schoolstraat, Stationsweg, Wilhelminastraat
    `),
    streetLine: '{street} {number}',
    phones: list('+31 10 1## ####, +31 20 1## ####'),
    mobiles: [],
  },
  {
    share: 2,
    country: 'ES',
    language: 'es-ES',
    timeZone: 'Europe/Madrid',
    names: names.SPANISH_NAMES,
    organisations: organisations.SPANISH_ORGANISATIONS,
    towns: moreTowns.SPANISH_TOWNS,
    streets: list(`
      Avenida de Andalucía, Avenida de la Constitución, Calle Cervantes, Calle de Alcalá, Calle de la Luna,
      Calle del Sol, Calle Mayor, Calle Nueva, Calle Real, Calle San José, Paseo Marítimo, Plaza de España
    `),
    streetLine: '{street}, {number}',
    phones: list('+34 810 1## ###, +34 831 1## ###'),
    mobiles: [],
  },
]
