import type { Context } from '../../graphql/context.ts'

export type Language = 'de' | 'en'

/** The same in each language. */
export type Text = Readonly<Record<Language, string>>

/** Something that was found about a measure. Of what it is about, the first few are named. */
export type Finding = {
  text: Text
  count: number
  /** Somebody should do something about it; otherwise it is only to be known. */
  attention: boolean
  users?: readonly string[]
  roles?: readonly string[]
  clients?: readonly string[]
}

/** A technical or organisational measure of security (Art. 32 GDPR) that this version has. */
export type Measure = {
  /** For programs, and in the table of checks. */
  key: string
  title: Text
  description: Text
  /** Days after which somebody should look again (Art. 32(1)(d) GDPR). */
  checkEvery: number
  /**
   * What can be seen from here, in few statements. `unknown`: whether it is in force can't be seen from here at all, so only
   * what somebody recorded tells.
   */
  look: (context: Context) => Promise<{ findings: Finding[]; unknown?: boolean }>
}
