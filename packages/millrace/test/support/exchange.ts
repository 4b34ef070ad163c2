import type { Answer, App, Exchange } from 'millrace'

/**
 * Sends a target as it stands, which no URL parser has put in order, to an app in whatever state it is, and
 * resolves to the answer.
 */
export function exchangeOf(app: App, target: string): Promise<Answer> {
  return new Promise((resolve) => {
    const exchange: Exchange = {
      method: 'GET',
      target,
      scheme: 'http',
      clientAddress: undefined,
      isClosed: false,
      isUpgrade: false,
      hasBody: false,
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
