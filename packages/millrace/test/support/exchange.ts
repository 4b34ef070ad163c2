import type { Answer, App, Exchange } from 'millrace'

/** Sends a target as it stands, which no URL parser has put in order, and resolves to the answer. */
export async function exchangeOf(app: App, target: string): Promise<Answer> {
  await app.start()
  return new Promise((resolve) => {
    const exchange: Exchange = {
      method: 'GET',
      target,
      scheme: 'http',
      clientAddress: undefined,
      isClosed: false,
      header: (name) => (name === 'host' ? 'localhost' : undefined),
      rawHeaders: () => ['host', 'localhost'],
      body: () => new Uint8Array(),
      bodyStream: () => new Blob([]).stream(),
      onClose: () => undefined,
      send: (answer) => resolve(answer),
    }
    app.handle(exchange)
  })
}
