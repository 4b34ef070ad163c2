import { ModelError } from '../../errors.ts'

/**
 * The `data` of each event (WHATWG HTML, section 9.2.6), from bytes that may be cut anywhere. An event that is not
 * ended is dropped.
 *
 * @throws {ModelError} when an event is larger than `maxBytes`
 */
export async function* readEvents(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  let data: string[] = []
  let size = 0
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true })
    // What has no end yet is not looked at again and again.
    const hasLine = /[\r\n]/.test(text) || rest.endsWith('\r')
    rest += text
    if (size + rest.length > maxBytes && !hasLine) throw tooLarge(maxBytes)
    if (!hasLine) continue
    // A CR at the very end may be the first half of CRLF: it waits for what follows.
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() as string
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield data.join('\n')
        data = []
        size = 0
      } else if (line === 'data' || line.startsWith('data:')) {
        data.push(line.slice(5).replace(/^ /, ''))
        size += line.length
      }
    }
    if (size + rest.length > maxBytes) throw tooLarge(maxBytes)
  }
}

function tooLarge(maxBytes: number): ModelError {
  return new ModelError('model_failed', `The remote server sent an event of more than ${maxBytes} bytes`)
}
