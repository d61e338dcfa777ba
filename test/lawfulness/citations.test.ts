import { expect, test } from 'vitest'
import { citationIn } from '../../src/modules/citation.ts'
import { retentionDefaults } from '../../src/modules/lawfulness/register/retention-defaults.ts'
import { recordKinds } from '../../src/modules/orders/retention.ts'

test('a law is cited as its reader does, whichever way it was written', () => {
  for (const [german, english] of [
    ['Art. 17 Abs. 3 Buchst. b DSGVO', 'Art. 17(3)(b) GDPR'],
    ['Art. 17 Abs. 1 Buchst. a, b, d DSGVO', 'Art. 17(1)(a), (b), (d) GDPR'],
    [
      '§ 257 Abs. 1 Nr. 1, Abs. 4, 5 HGB; § 147 Abs. 1 Nr. 1, 4a, Abs. 3 AO',
      '§ 257(1) no. 1, (4), (5) HGB; § 147(1) no. 1, 4a, (3) AO',
    ],
    ['§§ 195, 199 Abs. 1 BGB', '§§ 195, 199(1) BGB'],
    ['Art. 6 DSGVO', 'Art. 6 GDPR'],
    ['Code de commerce, L123-22 (alinéa 2)', 'Code de commerce, L123-22 (alinéa 2)'],
  ] as const) {
    for (const written of [german, english]) {
      expect(citationIn('de', written)).toBe(german)
      expect(citationIn('en', written)).toBe(english)
    }
  }
})

test('what the product cites reads in each language, and comes back', () => {
  for (const { citation = '' } of [...recordKinds, ...retentionDefaults]) {
    const [german, english] = [citationIn('de', citation), citationIn('en', citation)]
    expect([german, english]).toContain(citation)
    expect(german).not.toMatch(/\(|no\.|GDPR/)
    expect(english).not.toMatch(/Abs\.|Nr\.|Buchst\.|DSGVO/)
    expect([citationIn('de', english), citationIn('en', german)]).toEqual([german, english])
  }
})
