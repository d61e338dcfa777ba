import { list } from './names.ts'

/** What organisations of one language are called, and what people do there. */
export type OrganisationParts = {
  /** Put after a family name: `Schäfer Metallbau`. */
  trades: readonly string[]
  /** Put at the end: `GmbH`. */
  legalForms: readonly string[]
  /** Alike for women and men, as the seed does not know who is which; therefore often a department. */
  jobTitles: readonly string[]
}

/** Organisations of German-speaking countries; each country has its own legal forms. */
export const GERMAN_ORGANISATIONS: OrganisationParts = {
  trades: list(`
    Anlagenbau, Apotheke, Architektur, Bäckerei, Bau, Bestattungen, Brauerei, Buchhandlung, Consulting, Dachtechnik,
    Druck, Elektrotechnik, Energie, Fördertechnik, Gartenbau, Gebäudereinigung, Haustechnik, Hörakustik, Immobilien,
    Küchen, Logistik, Maschinenbau, Medien, Metallbau, Möbel, Optik, Präzisionswerkzeuge, Reisen, Software, Spedition,
    Steuerberatung, Tiefbau, Verlag, Weinhandel
  `),
  legalForms: list('GmbH, GmbH, GmbH & Co. KG, AG, KG, e. K., OHG'),
  jobTitles: list(`
    Assistenz der Geschäftsführung, Außendienst, Buchhaltung, Datenschutz, Einkauf, Geschäftsführung, IT-Leitung,
    Kundendienst, Lagerleitung, Marketingleitung, Personalabteilung, Pressestelle, Prokura, Projektleitung,
    Qualitätssicherung, Rechtsabteilung, Sachbearbeitung, Softwareentwicklung, Technische Leitung, Vertrieb, Werkleitung
  `),
}

/** Organisations of Austria. */
export const AUSTRIAN_ORGANISATIONS: OrganisationParts = {
  ...GERMAN_ORGANISATIONS,
  legalForms: list('GmbH, GmbH, GmbH & Co KG, AG, OG, e.U.'),
}

/** Organisations of German-speaking Switzerland. */
export const SWISS_ORGANISATIONS: OrganisationParts = {
  ...GERMAN_ORGANISATIONS,
  legalForms: list('AG, AG, GmbH, & Partner AG'),
}

/** Organisations of France. */
export const FRENCH_ORGANISATIONS: OrganisationParts = {
  trades: list(`
    Bâtiment, Boulangerie, Conseil, Édition, Énergie, Immobilier, Informatique, Logistique, Mécanique, Menuiserie,
    Transports, Vins
  `),
  legalForms: list('SARL, SAS, SA, & Fils'),
  jobTitles: list(`
    Achats, Assistance de direction, Bureau d'études, Comptabilité, Développement informatique, Direction générale,
    Gestion de projet, Marketing, Qualité, Relations presse, Ressources humaines, Service client, Service juridique
  `),
}

/** Organisations of French-speaking Switzerland. */
export const SWISS_FRENCH_ORGANISATIONS: OrganisationParts = {
  ...FRENCH_ORGANISATIONS,
  legalForms: list('SA, Sàrl, & Cie SA'),
}

/** Organisations of Italy. */
export const ITALIAN_ORGANISATIONS: OrganisationParts = {
  trades: list(`
    Alimentari, Arredamenti, Ceramiche, Consulenze, Costruzioni, Edilizia, Impianti, Informatica, Logistica, Meccanica,
    Tessuti, Vini
  `),
  legalForms: list('S.r.l., S.p.A., & Figli S.n.c.'),
  jobTitles: list(`
    Acquisti, Amministrazione, Assistenza clienti, Contabilità, Direzione commerciale, Direzione generale, Marketing,
    Qualità, Risorse umane, Segreteria di direzione, Sviluppo software, Ufficio stampa, Ufficio tecnico
  `),
}

/** Organisations of Poland. */
export const POLISH_ORGANISATIONS: OrganisationParts = {
  trades: list(`
    Budownictwo, Doradztwo, Druk, Elektronika, Energia, Informatyka, Logistyka, Maszyny, Meble, Piekarnia, Transport,
    Żywność
  `),
  legalForms: list('sp. z o.o., S.A., sp.j.'),
  jobTitles: list(`
    Biuro prasowe, Dział jakości, Dział kadr, Dział prawny, Dział sprzedaży, Dział zakupów, Księgowość,
    Kierownictwo projektu, Marketing, Obsługa klienta, Programowanie, Sekretariat, Zarząd
  `),
}

/** Organisations of Turkey. */
export const TURKISH_ORGANISATIONS: OrganisationParts = {
  trades: list(`
    Bilişim, Danışmanlık, Enerji, Gıda, İnşaat, Lojistik, Makine, Mobilya, Otomotiv, Tekstil, Turizm, Yazılım
  `),
  legalForms: list('A.Ş., Ltd. Şti.'),
  jobTitles: list(`
    Avukat, Genel Müdür, İnsan Kaynakları Uzmanı, Kalite Sorumlusu, Mühendis, Muhasebeci, Pazarlama Müdürü,
    Proje Yöneticisi, Satın Alma Uzmanı, Satış Temsilcisi, Yazılım Geliştirici, Yönetici Asistanı
  `),
}

/** Organisations of the United Kingdom. */
export const BRITISH_ORGANISATIONS: OrganisationParts = {
  trades: list(`
    Accountancy, Architects, Bakery, Builders, Consulting, Energy, Engineering, Haulage, Lettings, Logistics, Printing,
    Software, Solicitors, Travel
  `),
  legalForms: list('Ltd, Ltd, LLP, plc, & Sons Ltd'),
  jobTitles: list(`
    Accountant, Account Manager, Buyer, Chief Executive, Data Protection Officer, Engineer, Head of Marketing,
    Office Manager, Operations Director, Press Officer, Project Manager, Sales Representative, Software Engineer,
    Solicitor
  `),
}

/** Organisations of the United States. */
export const AMERICAN_ORGANISATIONS: OrganisationParts = {
  ...BRITISH_ORGANISATIONS,
  trades: list(`
    Analytics, Builders, Consulting, Energy, Engineering, Foods, Freight, Industries, Insurance, Labs, Logistics,
    Realty, Software, Supply
  `),
  legalForms: list('Inc., LLC, Corp., & Sons Inc.'),
}

/** Organisations of the Netherlands. */
export const DUTCH_ORGANISATIONS: OrganisationParts = {
  trades: list(`
    Advies, Architecten, Bakkerij, Bouw, Drukkerij, Energie, Installaties, Logistiek, Makelaardij, Meubelen, Software,
    Transport, Zuivel
  `),
  legalForms: list('B.V., B.V., N.V., V.O.F.'),
  jobTitles: list(`
    Accountmanager, Adviseur, Boekhouder, Directeur, Directiesecretaris, Hoofd Inkoop, Ingenieur, Jurist,
    Kwaliteitsmanager, Marketingmanager, Projectleider, Softwareontwikkelaar
  `),
}

/** Organisations of Spain. */
export const SPANISH_ORGANISATIONS: OrganisationParts = {
  trades: list(`
    Alimentación, Asesores, Cerámicas, Construcción, Diseño, Energía, Ingeniería, Informática, Logística, Muebles,
    Transportes, Viñedos
  `),
  legalForms: list('S.L., S.A., e Hijos S.L.'),
  jobTitles: list(`
    Administración, Asesoría jurídica, Atención al cliente, Calidad, Compras, Comunicación, Contabilidad,
    Desarrollo de programas, Dirección general, Gestión de proyectos, Marketing, Oficina técnica, Recursos humanos,
    Ventas
  `),
}
