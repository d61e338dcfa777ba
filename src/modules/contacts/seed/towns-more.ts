import { towns } from './towns.ts'

/** Towns in Poland. */
export const POLISH_TOWNS = towns(`
  Warszawa: 00-024, 00-375, 00-511, 00-695, 02-517
  Kraków: 30-059, 31-002, 31-042
  Łódź: 90-001, 90-926
  Wrocław: 50-101, 50-107, 50-141
  Poznań: 61-772, 61-841
  Gdańsk: 80-803, 80-830
  Szczecin: 70-456
  Bydgoszcz: 85-102
  Lublin: 20-002, 20-109
  Białystok: 15-950
  Katowice: 40-012, 40-098
  Gdynia: 81-364, 81-382
  Toruń: 87-100
  Rzeszów: 35-064
  Kielce: 25-303
`)

/** Towns in Turkey. */
export const TURKISH_TOWNS = towns(`
  İstanbul: 34110, 34330, 34380, 34433, 34710
  Ankara: 06050, 06420, 06680
  İzmir: 35210, 35220, 35580
  Bursa: 16010
  Antalya: 07100
  Adana: 01010
  Konya: 42030
  Gaziantep: 27010
  Diyarbakır: 21100
  Muğla: 48000
  Çanakkale: 17100
  Edirne: 22100
  Tekirdağ: 59100
  Balıkesir: 10100
`)

/** Towns in the United Kingdom. */
export const BRITISH_TOWNS = towns(`
  London: E1 6AN, EC2Y 8DS, NW1 2DB, SE1 9TG, SW7 2RL, WC2N 5DN
  Manchester: M2 5DB
  Birmingham: B1 1BB, B1 2ND
  Leeds: LS1 1UR, LS1 3AD
  Glasgow: G2 1DU
  Edinburgh: EH1 1YJ, EH2 2EL
  Bristol: BS1 5TR
  Liverpool: L3 4BB
  Sheffield: S1 2HH
  Cardiff: CF10 3NP
  Belfast: BT1 5GS
  Newcastle upon Tyne: NE1 8QH
  Nottingham: NG1 2DT
  Cambridge: CB2 3QJ
  Oxford: OX1 1BX
  York: YO1 7HH
  Brighton: BN1 1EE
  Norwich: NR2 1NH
`)

/** Towns in the United States, with their states and time zones. */
export const AMERICAN_TOWNS = towns(`
  New York: 10001, 10011, 10025, 10128 | NY | America/New_York
  Los Angeles: 90012, 90028, 90036 | CA | America/Los_Angeles
  Chicago: 60601, 60614, 60657 | IL | America/Chicago
  Houston: 77002, 77006 | TX | America/Chicago
  Phoenix: 85004 | AZ | America/Phoenix
  Philadelphia: 19103, 19107 | PA | America/New_York
  San Francisco: 94102, 94110, 94117 | CA | America/Los_Angeles
  Seattle: 98101, 98109 | WA | America/Los_Angeles
  Denver: 80202, 80205 | CO | America/Denver
  Boston: 02108, 02116 | MA | America/New_York
  Austin: 78701, 78704 | TX | America/Chicago
  Atlanta: 30303, 30309 | GA | America/New_York
  Miami: 33130, 33137 | FL | America/New_York
  Portland: 97201, 97205 | OR | America/Los_Angeles
  Minneapolis: 55401, 55408 | MN | America/Chicago
  Washington: 20001, 20009 | DC | America/New_York
  New Orleans: 70112, 70130 | LA | America/Chicago
  Nashville: 37203 | TN | America/Chicago
  Honolulu: 96813 | HI | Pacific/Honolulu
`)

/** Towns in the Netherlands. */
export const DUTCH_TOWNS = towns(`
  Amsterdam: 1012 JS, 1071 XX
  Rotterdam: 3011 AD
  Den Haag: 2511 BT
  Utrecht: 3521 AZ
  Eindhoven: 5611 EM
  Groningen: 9712 HN
  Maastricht: 6211 DW
  Haarlem: 2011 RD
  Nijmegen: 6511 PP
  Arnhem: 6811 DG
  Tilburg: 5038 TC
  Delft: 2611 GS
  Zwolle: 8011 PK
  Breda: 4811 DJ
`)

/** Towns in Spain. */
export const SPANISH_TOWNS = towns(`
  Madrid: 28001, 28004, 28013, 28014, 28045
  Barcelona: 08001, 08002, 08007, 08012, 08036
  Valencia: 46001, 46002, 46004
  Sevilla: 41001, 41004
  Zaragoza: 50001, 50003
  Málaga: 29001, 29015
  Murcia: 30001
  Palma: 07001
  Bilbao: 48001, 48005, 48009
  Alicante: 03001
  Córdoba: 14001
  Valladolid: 47001
  A Coruña: 15001
  Granada: 18001
  Salamanca: 37001
  Cádiz: 11001
  Las Palmas de Gran Canaria: 35001, 35002 | | Atlantic/Canary
`)
