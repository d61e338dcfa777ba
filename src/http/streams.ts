/** Whether an answer goes on for as long as both sides like. */
export const isStream = (response: Response): boolean =>
  response.headers.get('content-type')?.startsWith('text/event-stream') ?? false

/**
 * The same answer, whose source hears of it when the signal says that nobody reads any more: the adapter to Node's servers
 * would leave it waiting for ever. Nothing is read ahead.
 */
export function endedBy(signal: AbortSignal, response: Response): Response {
  const reader = response.body?.getReader()
  if (!reader) return response
  const end = () => void reader.cancel().catch(() => undefined) // It may have ended already, or broken; nobody is there to tell.
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await reader.read()
        if (done) {
          signal.removeEventListener('abort', end)
          controller.close()
        } else controller.enqueue(value)
      },
      cancel: () => {
        signal.removeEventListener('abort', end)
        return reader.cancel()
      },
    },
    { highWaterMark: 0 },
  )
  signal.addEventListener('abort', end, { once: true })
  return new Response(body, { status: response.status, headers: response.headers })
}
