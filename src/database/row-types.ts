import pg from 'pg'

const { TIMESTAMPTZ, DATE } = pg.types.builtins
const usual = pg.types.getTypeParser(TIMESTAMPTZ)

/** How values of rows that go past Prisma are read: moments and days are dates, as Prisma's are. */
export const momentTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === TIMESTAMPTZ) return momentOf
    if (oid === DATE) return dayOf
    return pg.types.getTypeParser(oid, format)
  },
}

// Sessions are in UTC as a rule; then JavaScript's own reading of it is the quickest.
const momentOf = (text: string): unknown =>
  text.endsWith('+00') && text[10] === ' ' ? new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`) : usual(text)

const dayOf = (text: string): Date => new Date(`${text}T00:00:00Z`)
