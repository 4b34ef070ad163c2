/** Something in which our transport does not follow Node's on purpose. */
export interface Choice {
  readonly name: string
  readonly reason: string
  /** Whether Node does not read what follows, so that there is nothing to compare; else we only refuse more. */
  readonly isLost?: true
  /** Whether it may be why bytes are read in two ways. Given with the bodies that Node has found in them. */
  readonly isAbout: (bytes: string, bodies: readonly string[]) => boolean
}

const about = (pattern: RegExp) => (bytes: string) => pattern.test(bytes)

/** Lines that may be request lines, or end in one, where a body without a line end comes before it. */
function requestLines(bytes: string): string[] {
  return bytes
    .split(/\r\n|\n|\r/)
    .filter((line, index) => (index === 0 && line !== '') || /[A-Z-]{3,11} | HTTP\//.test(line))
}

const targetsOf = (bytes: string) => requestLines(bytes).map((line) => line.split(' ')[1] ?? '')

/** Whether a CR or LF comes after one of the bodies, which may be half of a line's end itself. */
function endsLine(bytes: string, bodies: readonly string[]): boolean {
  return bodies.some((body) => body !== '' && (bytes.includes(`${body}\r`) || bytes.includes(`${body}\n`)))
}

/** Every way in which the two transports may differ, and why. */
export const choices: readonly Choice[] = [
  {
    name: 'request line',
    reason:
      'One space between its parts, and HTTP/1.0 or HTTP/1.1 at its end (RFC 9112, section 3): Node takes more spaces, no version at all, 2.0, and RTSP.',
    isAbout: (bytes) => requestLines(bytes).some((line) => !/^\S+ \S+ HTTP\/1\.[01]$/.test(line)),
  },
  {
    name: 'fragment',
    reason: 'A target has none (RFC 9112, section 3.2).',
    isAbout: (bytes) => targetsOf(bytes).some((target) => target.includes('#')),
  },
  {
    name: 'star',
    reason: 'The target * is for OPTIONS alone (RFC 9112, section 3.2.4).',
    isAbout: (bytes) => targetsOf(bytes).some((target) => target.startsWith('*')),
  },
  {
    name: 'absolute form',
    reason:
      'An http or https URL (RFC 9112, section 3.2.2); one whose authority is not the Host both refuse, but Node then still hands over the requests that follow in the same packet.',
    isAbout: (bytes) => targetsOf(bytes).some((target) => /^[^/*]/.test(target)),
  },
  {
    name: 'no Host',
    reason: 'Both refuse it. Node then still hands over the requests that follow in the same packet.',
    isAbout: (bytes) =>
      bytes.split('\r\n\r\n').some((head) => /HTTP\/1\.1(?:\r\n|$)/.test(head) && !/^host:/im.test(head)),
  },
  {
    name: 'two Hosts',
    reason: 'Both refuse it. Node then still hands over the requests that follow in the same packet.',
    isAbout: about(/^host:(?:(?!\r\n\r\n)[\s\S])*\nhost:/im),
  },
  {
    name: 'Host',
    reason: 'Of the characters of a host and a port (RFC 9112, section 3.2).',
    isAbout: about(/^host:[ \t]*(?:[^\r\n]*[^\w\-.~%!$&'()*+,;=:[\] \t\r\n]|\S+[ \t]+\S)/im),
  },
  {
    name: 'large head',
    reason: 'Every byte of a head counts, not only those of target, names and values.',
    isAbout: (bytes) => bytes.length > 16 * 1024,
  },
  {
    name: 'transfer coding',
    reason: 'Only chunked, and once (RFC 9112, section 6.1): a body in gzip would be taken for what it is not.',
    isAbout: about(/^transfer-encoding:(?![ \t]*chunked[ \t]*\r\n)|^transfer-encoding:[\s\S]*^transfer-encoding:/im),
  },
  {
    name: 'chunks in HTTP/1.0',
    reason: 'It knows none; what a proxy of its time makes of them is not known (RFC 9112, section 6.1).',
    isAbout: about(/HTTP\/1\.0\r\n[\s\S]*^transfer-encoding:/im),
  },
  {
    name: 'close and keep-alive',
    reason: 'In HTTP/1.0, too, the wish to close is the last word (RFC 9112, section 9.3).',
    isAbout: about(/HTTP\/1\.0\r\n(?=[\s\S]*^connection:.*close)[\s\S]*^connection:.*keep-alive/im),
  },
  {
    name: 'length',
    reason: 'Of no more than 15 digits, which a number holds exactly.',
    isAbout: about(/^content-length:[ \t]*\d{16}/im),
  },
  {
    name: 'chunk size',
    reason: 'Of no more than 12 digits, zeros included.',
    isAbout: about(/^[\da-f]{13}/im),
  },
  {
    name: 'chunk extension',
    reason:
      'As the grammar has it (RFC 9112, section 7.1.1), in a line of no more than 1 KiB; all of a body together as long as headers may be.',
    isAbout: about(/^[\da-f]+;/im),
  },
  {
    name: 'trailer',
    reason: 'One that frames or routes a message has no place after it (RFC 9110, section 6.5.1).',
    isAbout: about(/^0[\s\S]*^(?:host|transfer-encoding|content-length):/im),
  },
  {
    name: 'Upgrade',
    reason:
      'Where it is not accepted, both answer as if it had not been asked for (RFC 9110, section 7.8), but Node loses the requests that follow, so that our transport on it closes the connection.',
    isLost: true,
    isAbout: (bytes) => /^upgrade:/im.test(bytes) && /^connection:[^\r\n]*upgrade/im.test(bytes),
  },
  {
    name: 'empty lines',
    reason: 'One CRLF may come before a request (RFC 9112, section 2.2); Node takes any number of CR and LF.',
    isAbout: (bytes, bodies) => /^\r\n\r\n|(?:\r\n){3}|\r(?!\n)|(?<!\r)\n/.test(bytes) || endsLine(bytes, bodies),
  },
]
