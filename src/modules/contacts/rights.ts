/** The rights of the contacts module. Each field refers to one of them. */
export const contactRights = {
  'contacts.contact': 'That a contact exists: its id, version and times, and lists of contacts.',
  'contacts.name': 'Title, given name, family name, display name.',
  'contacts.organisation': 'Organisation and job title.',
  'contacts.birthDate': 'Date of birth.',
  'contacts.preferences': 'Language and time zone.',
  'contacts.tags': 'Tags.',
  'contacts.source': 'Where the data came from, and when.',
  'contacts.email': 'E-mail addresses.',
  'contacts.phone': 'Phone numbers.',
  'contacts.address': 'Postal addresses.',
  'contacts.website': 'Websites.',
  'contacts.messenger': 'Messenger accounts.',
  'contacts.duplicates': 'Which contacts may be the same person.',
  'contacts.merge': 'Merging contacts, with all that is known of them, and taking a merge back.',
  'contacts.import':
    'Importing address books (which states the source of each contact), and what came of past imports.',
} as const

export type ContactRight = keyof typeof contactRights
