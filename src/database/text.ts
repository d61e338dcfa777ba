/** Text as it would be stored. NUL never is, and PostgreSQL refuses even to look for it: a character that nobody has. */
export const comparable = (text: string): string => text.normalize('NFC').replaceAll('\0', '\uffff')
