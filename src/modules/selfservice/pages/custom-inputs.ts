import type { Language } from '../../../http/pages/language.ts'
import { type Definition, textIn } from '../../fields/definition.ts'
import type { FieldValue } from '../../fields/values.ts'
import type { Input } from './matters.ts'
import { texts } from './texts.ts'
import { countryText, inputWords } from './words.ts'

/** The inputs of a custom field, by its kind, with the value that is there. */
export function customInputs(definition: Definition, value: FieldValue | undefined, language: Language): Input[] {
  const { kind, labels, help, options, required } = definition
  const text = texts[language]
  const advice = adviceOf(definition, language)
  const hint = [textIn(help, language), ...(kind === 'date_time' ? [text.utc] : [])].filter(Boolean).join(' ')
  const common = { label: textIn(labels, language) ?? definition.key, required, advice, ...(hint && { hint }) }
  const written = asWritten(definition, value, language)
  const line: Input = { ...common, name: 'written', value: [written], kind: 'line' }
  const offered = options
    .filter((one) => !one.retired || chosenIn(value).includes(one.value))
    .map((one) => ({ value: one.value, label: textIn(one.labels, language) ?? one.value }))
  const nothing = { value: '', label: text.unsaid }
  switch (kind) {
    case 'long_text':
      return [{ ...line, kind: 'lines' }]
    case 'integer':
      return [{ ...line, inputmode: 'numeric' }]
    case 'decimal':
      return [{ ...line, inputmode: 'decimal' }]
    case 'date':
      return [{ ...line, kind: 'day' }]
    case 'email':
      return [{ ...line, inputmode: 'email' }]
    case 'phone':
      return [{ ...line, inputmode: 'tel' }]
    case 'url':
      return [{ ...line, inputmode: 'url' }]
    case 'boolean': {
      const answers = [nothing, { value: 'true', label: text.yes }, { value: 'false', label: text.no }]
      return [{ ...line, kind: 'select', options: answers }]
    }
    case 'choice':
      return [{ ...line, kind: 'select', options: [nothing, ...offered] }]
    case 'choices':
      return [{ ...line, kind: 'checks', value: chosenIn(value), options: offered }]
    case 'money': {
      const [amount = '', currency = ''] = written.split(' ')
      return [
        { ...line, label: `${common.label}: ${text.amount}`, value: [amount], inputmode: 'decimal' },
        { ...common, name: 'currency', label: text.currency, value: [currency || 'EUR'], kind: 'line' },
      ]
    }
    default:
      return [line]
  }
}

/** What somebody wrote, as `written` values are. */
export function readCustom({ kind }: Definition, form: URLSearchParams): string | string[] {
  if (kind === 'choices') return form.getAll('written')
  const written = (form.get('written') ?? '').trim()
  if (kind === 'money') return written && `${written} ${(form.get('currency') ?? '').trim()}`
  if (kind !== 'date_time') return written
  // As one writes it, and as browsers do.
  const moment = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)$/.exec(written)
  return moment ? `${moment[1]}T${moment[2]}Z` : written
}

const chosenIn = (value: FieldValue | undefined): string[] =>
  Array.isArray(value) ? value : typeof value === 'string' ? [value] : []

function asWritten({ kind }: Definition, value: FieldValue | undefined, language: Language): string {
  if (value === undefined || Array.isArray(value)) return ''
  if (typeof value === 'object') return 'amount' in value ? `${decimal(value.amount, language)} ${value.currency}` : ''
  if (kind === 'date_time') return String(value).slice(0, 16).replace('T', ' ')
  if (kind === 'country') return countryText(String(value), language)
  return kind === 'decimal' ? decimal(String(value), language) : String(value)
}

const decimal = (text: string, language: Language) => (language === 'de' ? text.replace('.', ',') : text)

/** What a value has to be like, in words. */
function adviceOf({ kind, min, max, maxLength, pattern }: Definition, language: Language): string {
  const say = (de: string, en: string) => (language === 'de' ? de : en)
  const known: Partial<Record<Definition['kind'], string | undefined>> = {
    integer: say('Schreiben Sie eine ganze Zahl.', 'Write a whole number.'),
    decimal: say('Schreiben Sie eine Zahl.', 'Write a number.'),
    money: say('Schreiben Sie einen Betrag und eine Währung wie EUR.', 'Write an amount, and a currency such as EUR.'),
    date: say('Schreiben Sie einen Tag, den es gibt.', 'Write a day that there is.'),
    date_time: say('Schreiben Sie Tag und Uhrzeit.', 'Write a day and a time.'),
    email: inputWords['address']?.[language],
    phone: inputWords['number']?.[language],
    url: inputWords['url']?.[language],
    country: inputWords['country']?.[language],
  }
  return [
    known[kind] ?? texts[language].misfit,
    min !== null && say(`Mindestens ${min}.`, `At least ${min}.`),
    max !== null && say(`Höchstens ${max}.`, `At most ${max}.`),
    maxLength !== null && say(`Höchstens ${maxLength} Zeichen.`, `At most ${maxLength} characters.`),
    pattern && say('Es muss die vorgesehene Form haben.', 'It has to have the intended form.'),
  ]
    .filter(Boolean)
    .join(' ')
}
