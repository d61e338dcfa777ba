import { type Contender, contenders } from './contest.ts'
import { names, type Outcome } from './report.ts'

// A bar for each contender, as a share of the quickest, which differs from contest to contest by more than a picture can show.

const [left, width, bar, gap] = [190, 420, 16, 22]
const colours: Record<Contender, string> = { limit: '#8c8c8c', postgraphile: '#b35900', lethe: '#0060a8' }
const block = contenders.length * (bar + 4) + gap

/** The rates of all contests, as SVG that reads in light and dark pages; its text says the same as its bars. */
export function chart(outcomes: readonly Outcome[]): string {
  const height = outcomes.length * block + 20
  const said = outcomes.map(
    ({ title, rates }) =>
      `${title}: ${contenders.map((contender) => `${names[contender]} ${Math.round(rates[contender])} a second`).join(', ')}.`,
  )
  const groups = outcomes.map((outcome, index) => group(outcome, index * block + 16))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 90} ${height}" role="img" aria-labelledby="title description" font-family="sans-serif" font-size="13">
<title id="title">Answers a second, by contender; the quickest is a whole bar</title>
<desc id="description">${said.join(' ')}</desc>
<rect width="100%" height="100%" fill="#ffffff"/>
${groups.join('\n')}
</svg>
`
}

function group({ title, rates }: Outcome, top: number): string {
  const most = Math.max(...contenders.map((contender) => rates[contender])) || 1
  const bars = contenders.map((contender, index) => {
    const y = top + index * (bar + 4)
    const long = Math.max(1, Math.round((rates[contender] / most) * width))
    return `<text x="${left - 8}" y="${y + 12}" text-anchor="end" fill="#222222">${index === 0 ? `${title}: ` : ''}${names[contender]}</text>
<rect x="${left}" y="${y}" width="${long}" height="${bar}" fill="${colours[contender]}"/>
<text x="${left + long + 6}" y="${y + 12}" fill="#222222">${Math.round(rates[contender])}/s</text>`
  })
  return bars.join('\n')
}
