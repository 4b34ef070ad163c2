/** RFC 6455, section 5.5: a control frame has 125 bytes at most, of which two are the code. */
const maxBytes = 123

/** A reason as it can be sent: cut where it is too long, and never within a character. */
export function closeReason(reason: string): string {
  const bytes = Buffer.from(reason, 'utf8')
  if (bytes.length <= maxBytes) return reason
  let end = maxBytes
  while (((bytes[end] as number) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
