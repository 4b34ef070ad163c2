let line: string | undefined

/** The line of the header `date`, made anew once a second (RFC 9110, section 6.6.1). */
export function dateLine(): string {
  return line ?? makeLine()
}

function makeLine(): string {
  const now = new Date()
  setTimeout(forget, 1_000 - now.getMilliseconds()).unref()
  line = `date: ${now.toUTCString()}\r\n`
  return line
}

function forget(): void {
  line = undefined
}
