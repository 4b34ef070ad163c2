import type { Parse } from './report.ts'

// RFC 5322, section 3.2.3, and what is beyond ASCII (RFC 6531).
const atext = /^[\w!#$%&'*+\-/=?^`{|}~\u0080-\u{10ffff}]$/u

/** An e-mail address, its domain in lower case; the reasons are those of Python's email-validator. */
export const email: Parse = (value, report) => {
  if (typeof value !== 'string') {
    report.fail('string_type', value)
    return value
  }
  const reason = faultOf(value)
  if (reason !== undefined) {
    report.failWith('value_error', `value is not a valid email address: ${reason}`, value, { reason })
    return value
  }
  const at = value.lastIndexOf('@')
  return value.slice(0, at) + value.slice(at).toLowerCase()
}

function faultOf(text: string): string | undefined {
  const at = text.indexOf('@')
  if (at < 0) return 'An email address must have an @-sign.'
  const local = text.slice(0, at)
  const domain = text.slice(at + 1)
  return localFault(local) ?? domainFault(domain)
}

function localFault(local: string): string | undefined {
  if (local === '') return 'There must be something before the @-sign.'
  const wrong = [...new Set(local)].filter((character) => character !== '.' && !atext.test(character))
  if (wrong.length > 0)
    return `The email address contains invalid characters before the @-sign: ${wrong.map(nameOf).sort().join(', ')}.`
  return periodFault(local, 'An email address cannot have a period immediately before the @-sign.')
}

function domainFault(domain: string): string | undefined {
  if (domain === '') return 'There must be something after the @-sign.'
  const wrong = [...new Set(domain)].filter((character) => !/^[\p{L}\p{N}.-]$/u.test(character))
  if (wrong.length > 0)
    return `The part after the @-sign contains invalid characters: ${wrong.map(nameOf).sort().join(', ')}.`
  if (domain.startsWith('.')) return 'An email address cannot have a period immediately after the @-sign.'
  if (domain.endsWith('.')) return 'An email address cannot end with a period.'
  if (domain.startsWith('-')) return 'An email address cannot have a hyphen immediately after the @-sign.'
  if (domain.endsWith('-')) return 'An email address cannot end with a hyphen.'
  if (domain.includes('..')) return 'An email address cannot have two periods in a row.'
  if (domain.includes('.-')) return 'An email address cannot have a period and a hyphen next to each other.'
  if (domain.includes('-.')) return 'An email address cannot have a hyphen and a period next to each other.'
  if (!domain.includes('.')) return 'The part after the @-sign is not valid. It should have a period.'
  if (/(^|\.)(arpa|invalid|local|localhost|onion|test)$/i.test(domain))
    return 'The part after the @-sign is a special-use or reserved name that cannot be used with email.'
  if (/^\d+$/.test(domain.slice(domain.lastIndexOf('.') + 1)))
    return 'The part after the @-sign is not valid. It is not within a valid top-level domain.'
  return undefined
}

function periodFault(local: string, atEnd: string): string | undefined {
  if (local.startsWith('.')) return 'An email address cannot start with a period.'
  if (local.endsWith('.')) return atEnd
  return local.includes('..') ? 'An email address cannot have two periods in a row.' : undefined
}

function nameOf(character: string): string {
  return character === ' ' ? 'SPACE' : `'${character}'`
}
