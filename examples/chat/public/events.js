/** Reads server-sent events whose data is JSON, one after the other, from the body of an answer. */
export async function* events(body) {
  let text = ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const blocks = text.split('\n\n')
    text = blocks.pop()
    for (const block of blocks) {
      const fields = {}
      for (const line of block.split('\n')) {
        const colon = line.indexOf(':')
        // A line that begins with a colon is a comment, such as a sign of life.
        if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1).trimStart()
      }
      if (fields.data !== undefined) yield { event: fields.event ?? 'message', data: JSON.parse(fields.data) }
    }
  }
}
