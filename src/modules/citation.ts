// How a law is cited. In German: § 147 Abs. 1 Nr. 4, Abs. 3 AO; Art. 17 Abs. 3 Buchst. b DSGVO. In English: § 147(1) no. 4, (3) AO;
// Art. 17(3)(b) GDPR. What is neither stays as it is.

/** A citation as its reader writes it, whichever way it was written. */
export const citationIn = (language: 'de' | 'en', citation: string): string =>
  language === 'de' ? inGerman(citation) : inEnglish(citation)

const listed = (one: string) => `\\(${one}\\)(?:, \\(${one}\\))*`
const bare = (found: string) => found.replaceAll(/[()]/g, '')

const inGerman = (citation: string) =>
  citation
    .replaceAll(new RegExp(` ?(${listed('\\d+[a-z]?')})`, 'g'), (_all, found: string) => ` Abs. ${bare(found)}`)
    .replaceAll(new RegExp(` ?(${listed('[a-z]')})`, 'g'), (_all, found: string) => ` Buchst. ${bare(found)}`)
    .replaceAll(/\bno\. /g, 'Nr. ')
    .replaceAll('GDPR', 'DSGVO')

const bracketed = (found: string) =>
  found
    .split(', ')
    .map((one) => `(${one})`)
    .join(', ')

const inEnglish = (citation: string) =>
  citation
    .replaceAll(/, Abs\. (\d+[a-z]?(?:, \d+[a-z]?)*)/g, (_all, found: string) => `, ${bracketed(found)}`)
    .replaceAll(/ Abs\. (\d+[a-z]?(?:, \d+[a-z]?)*)/g, (_all, found: string) => bracketed(found))
    .replaceAll(/ Buchst\. ([a-z](?:, [a-z])*)\b/g, (_all, found: string) => bracketed(found))
    .replaceAll(/\bNr\. /g, 'no. ')
    .replaceAll('DSGVO', 'GDPR')
