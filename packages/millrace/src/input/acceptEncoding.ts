const qualityPattern = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/

/**
 * The content coding that a client likes best among those that are offered (RFC 9110, section 12.5.3);
 * `undefined` to send the content as it is. Of codings that it likes as well, the first offered one is taken.
 *
 * @param header the value of `accept-encoding`
 * @param offered in order of preference, such as `['br', 'gzip']`
 */
export function preferredEncoding<E extends string>(header: string | undefined, offered: readonly E[]): E | undefined {
  if (header === undefined) return undefined
  const qualities = parse(header)
  const identity = qualities.get('identity') ?? 0
  let best: E | undefined
  let bestQuality = 0
  for (const coding of offered) {
    const quality = qualities.get(coding) ?? qualities.get('*') ?? 0
    if (quality > bestQuality) {
      best = coding
      bestQuality = quality
    }
  }
  return bestQuality >= identity ? best : undefined
}

function parse(header: string): Map<string, number> {
  const qualities = new Map<string, number>()
  for (const item of header.split(',')) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase())
    if (coding === '') continue
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
    const quality = weight === undefined ? 1 : qualityPattern.test(weight) ? Number(weight) : 0
    qualities.set(coding === 'x-gzip' ? 'gzip' : coding, quality)
  }
  return qualities
}
