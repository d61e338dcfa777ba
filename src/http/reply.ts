// An answer in one piece, for the ways that are taken most: what fetch's classes do besides costs more than the answer itself.

/** What reads of a request before its body comes: of `Request`, what stands in the head. */
export type Head = { readonly method: string; readonly url: string; readonly headers: Pick<Headers, 'get' | 'has'> }

/** What is said of an answer beside its body; `Response` has it, too. */
export type Answer = { readonly status: number; readonly headers: Pick<Headers, 'get' | 'has' | 'set' | 'append'> }

/** An answer whose body is there. */
export class Reply implements Answer {
  readonly status: number
  readonly headers = new ReplyHeaders()
  readonly body: string

  constructor(status: number, body: string) {
    this.status = status
    this.body = body
  }
}

/** An answer as fetch's class. */
export function asResponse(answer: Reply | Response): Response {
  if (!(answer instanceof Reply)) return answer
  const headers = Object.entries(answer.headers.all).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  )
  return new Response(answer.body, { status: answer.status, headers })
}

class ReplyHeaders {
  /** By their names in small letters; several cookies are a list. */
  readonly all: Record<string, string | string[]> = {}

  get(name: string): string | null {
    const value = this.all[name]
    return value === undefined ? null : [value].flat().join(', ')
  }
  has(name: string): boolean {
    return this.all[name] !== undefined
  }
  set(name: string, value: string): void {
    this.all[name] = value
  }
  append(name: string, value: string): void {
    const there = this.all[name]
    if (name === 'set-cookie') this.all[name] = there === undefined ? value : [there, value].flat()
    else this.all[name] = there === undefined ? value : `${there}, ${value}`
  }
}
