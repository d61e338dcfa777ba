/** A town with postal codes that belong to it; region and time zone only where letters or clocks there need them. */
export type Town = { city: string; postalCodes: readonly string[]; region?: string; timeZone?: string }

/** Reads lines of `City: code, code`, optionally followed by `| region` and `| time zone`. */
export function towns(text: string): readonly Town[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [place = '', region = '', timeZone = ''] = line.split('|').map((part) => part.trim())
      const [city = '', codes = ''] = place.split(': ')
      const town: Town = { city, postalCodes: codes.split(', ') }
      if (region) town.region = region
      if (timeZone) town.timeZone = timeZone
      return town
    })
}

/** Towns in Germany. */
export const GERMAN_TOWNS = towns(`
  Berlin: 10115, 10178, 10437, 10585, 10827, 10961, 12043, 12163, 13353
  Hamburg: 20095, 20144, 20253, 20357, 22303, 22765
  München: 80331, 80469, 80636, 80799, 81541, 81667
  Köln: 50667, 50674, 50733, 50823, 50937
  Frankfurt am Main: 60311, 60316, 60385, 60487, 60594
  Stuttgart: 70173, 70178, 70190, 70372, 70565
  Düsseldorf: 40210, 40213, 40217, 40477, 40545
  Leipzig: 04103, 04109, 04177, 04229, 04275
  Dortmund: 44135, 44137, 44139, 44225
  Essen: 45127, 45130, 45131, 45136
  Bremen: 28195, 28203, 28209, 28217
  Dresden: 01067, 01069, 01097, 01099, 01307
  Hannover: 30159, 30161, 30167, 30449
  Nürnberg: 90402, 90403, 90408, 90429
  Duisburg: 47051, 47057, 47058
  Bochum: 44787, 44789, 44801
  Wuppertal: 42103, 42105, 42275
  Bielefeld: 33602, 33604, 33615
  Bonn: 53111, 53113, 53115, 53177
  Münster: 48143, 48145, 48149, 48151
  Karlsruhe: 76131, 76133, 76135, 76137
  Mannheim: 68159, 68161, 68165
  Augsburg: 86150, 86152, 86153, 86159
  Wiesbaden: 65183, 65185, 65189
  Mönchengladbach: 41061, 41063
  Braunschweig: 38100, 38102, 38106
  Kiel: 24103, 24105, 24114
  Aachen: 52062, 52064, 52066
  Chemnitz: 09111, 09112, 09113, 09130
  Halle (Saale): 06108, 06110, 06114
  Magdeburg: 39104, 39106, 39108
  Freiburg im Breisgau: 79098, 79100, 79102, 79104
  Lübeck: 23552, 23554, 23558, 23564
  Erfurt: 99084, 99086, 99089, 99096
  Mainz: 55116, 55118, 55122, 55128
  Rostock: 18055, 18057, 18059
  Kassel: 34117, 34119, 34121, 34131
  Saarbrücken: 66111, 66113, 66117
  Potsdam: 14467, 14469, 14471, 14482
  Oldenburg: 26121, 26122, 26123
  Osnabrück: 49074, 49076, 49078, 49080
  Heidelberg: 69115, 69117, 69120, 69121
  Regensburg: 93047, 93049, 93051, 93053
  Würzburg: 97070, 97072, 97074
  Ingolstadt: 85049, 85051, 85053
  Ulm: 89073, 89075, 89077, 89081
  Göttingen: 37073, 37075, 37077, 37079
  Jena: 07743, 07745, 07747
  Trier: 54290, 54292, 54295
  Konstanz: 78462, 78464, 78467
  Tübingen: 72070, 72072, 72074, 72076
  Bamberg: 96047, 96049, 96050, 96052
  Görlitz: 02826, 02827, 02828
  Flensburg: 24937, 24939, 24941, 24943
  Schwerin: 19053, 19055
`)

/** Towns in Austria. */
export const AUSTRIAN_TOWNS = towns(`
  Wien: 1010, 1030, 1070, 1080, 1100, 1150, 1190, 1220
  Graz: 8010, 8020, 8041, 8051
  Linz: 4020, 4030, 4040
  Salzburg: 5020
  Innsbruck: 6020
  Klagenfurt am Wörthersee: 9020
  Villach: 9500
  Wels: 4600
  St. Pölten: 3100
  Dornbirn: 6850
  Wiener Neustadt: 2700
  Steyr: 4400
  Feldkirch: 6800
  Bregenz: 6900
  Leoben: 8700
  Krems an der Donau: 3500
`)

/** Towns in German-speaking Switzerland. */
export const SWISS_GERMAN_TOWNS = towns(`
  Zürich: 8001, 8002, 8004, 8005, 8006, 8008, 8032, 8050
  Basel: 4051, 4052, 4053, 4056, 4057
  Bern: 3007, 3008, 3011, 3012, 3013, 3014
  Winterthur: 8400, 8404, 8406
  Luzern: 6003, 6004, 6005
  St. Gallen: 9000, 9008, 9014
  Thun: 3600, 3604
  Schaffhausen: 8200
  Chur: 7000
  Aarau: 5000
  Zug: 6300
  Solothurn: 4500
  Olten: 4600
`)

/** Towns in French-speaking Switzerland. */
export const SWISS_FRENCH_TOWNS = towns(`
  Genève: 1201, 1202, 1203, 1204, 1205, 1206, 1207
  Lausanne: 1003, 1004, 1005, 1006, 1007
  Neuchâtel: 2000
  Fribourg: 1700
  Sion: 1950
  Yverdon-les-Bains: 1400
  Montreux: 1820
  Vevey: 1800
  Nyon: 1260
  La Chaux-de-Fonds: 2300
  Delémont: 2800
  Morges: 1110
`)

/** Towns in France. */
export const FRENCH_TOWNS = towns(`
  Paris: 75001, 75004, 75005, 75009, 75011, 75014, 75018, 75020
  Lyon: 69001, 69002, 69003, 69006, 69007
  Marseille: 13001, 13002, 13006, 13008
  Toulouse: 31000
  Nice: 06000
  Nantes: 44000
  Strasbourg: 67000
  Montpellier: 34000
  Bordeaux: 33000
  Lille: 59000, 59800
  Rennes: 35000
  Reims: 51100
  Grenoble: 38000
  Dijon: 21000
  Angers: 49000
  Besançon: 25000
  Orléans: 45000
  Saint-Étienne: 42000
  Nîmes: 30000
`)

/** Towns in Italy, with their provinces. */
export const ITALIAN_TOWNS = towns(`
  Milano: 20121, 20122, 20123, 20124, 20129 | MI
  Roma: 00153, 00184, 00185, 00186, 00187, 00192 | RM
  Torino: 10121, 10122, 10123, 10128 | TO
  Napoli: 80121, 80132, 80133, 80134 | NA
  Bologna: 40121, 40122, 40123, 40124 | BO
  Firenze: 50121, 50122, 50123, 50125 | FI
  Genova: 16121, 16122, 16123 | GE
  Venezia: 30121, 30122, 30123, 30124, 30125 | VE
  Verona: 37121, 37122 | VR
  Palermo: 90133, 90134, 90141 | PA
  Bari: 70121, 70122 | BA
  Padova: 35121, 35122 | PD
  Trieste: 34121, 34122 | TS
  Bolzano: 39100 | BZ
  Catania: 95124, 95129, 95131 | CT
`)
