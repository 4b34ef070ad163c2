import type { WriteStream } from 'node:tty'
import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Text that may hold what a client has sent, without anything that a terminal would obey. Lines stay lines. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** Text in a style, where the stream that it goes to shows colours. */
export function paint(style: Style, text: string, stream: WriteStream): string {
  // Not left to styleText, which looks at the stream only from Node 22.13 on. NO_COLOR and FORCE_COLOR count.
  const hasColors = stream.isTTY && stream.hasColors()
  return hasColors && text !== '' ? styleText(style, text, { validateStream: false }) : text
}
