// ISO 3166-1, and XK, which ISO leaves to its users and everybody uses for Kosovo.
const CODES =
  'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA ' +
  'CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA ' +
  'GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP ' +
  'KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS ' +
  'MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS ' +
  'RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW ' +
  'TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW'

// What people write and Intl does not know.
const OTHER_NAMES = {
  US: ['USA', 'U.S.A.', 'United States of America', 'Vereinigte Staaten von Amerika'],
  GB: ['UK', 'U.K.', 'Great Britain', 'England', 'Scotland', 'Wales', 'Großbritannien'],
  AT: ['Oesterreich'],
  CH: ['Suisse', 'Svizzera'],
  BE: ['Belgique'],
  DE: ['Bundesrepublik Deutschland', 'BRD', 'Federal Republic of Germany'],
  CZ: ['Czech Republic', 'Tschechische Republik'],
  NL: ['Holland', 'The Netherlands'],
  TR: ['Turkey', 'Tuerkei'],
}

let codesByName: Map<string, string> | undefined

/** The ISO 3166-1 alpha-2 code of a country given by its code or its English, German or native name. */
export function countryCode(text: string): string | undefined {
  codesByName ??= readNames()
  return codesByName.get(fold(text))
}

function readNames(): Map<string, string> {
  const codes = CODES.split(' ')
  const names = new Map(codes.map((code) => [fold(code), code]))
  const add = (name: string | undefined, code: string) => {
    const key = fold(name ?? '')
    if (key && !names.has(key)) names.set(key, code)
  }
  for (const language of ['en', 'de']) {
    const displayNames = new Intl.DisplayNames([language], { type: 'region', fallback: 'none' })
    for (const code of codes) add(displayNames.of(code), code)
  }
  for (const [code, others] of Object.entries(OTHER_NAMES)) for (const name of others) add(name, code)
  for (const code of codes) {
    const native = new Intl.Locale(`und-${code}`).maximize().language
    add(new Intl.DisplayNames([native], { type: 'region', fallback: 'none' }).of(code), code)
  }
  return names
}

/** Letters only, without accents: `Côte d’Ivoire` and `cote divoire` are the same country. */
function fold(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replace(/[^\p{L}]/gu, '')
}
