// A whole string, or what separates values outside of one.
const stringOrSeparator = /"(?:[^"\\]|\\.)*"|[,:]/g

/** JSON as Python's `json.dumps` writes it by default: a space after each comma and colon, and nothing but ASCII. */
export function spaceAsPython(json: string): string {
  return json.replace(stringOrSeparator, (found) => (found.length === 1 ? `${found} ` : escapeNonAscii(found)))
}

/** By UTF-16 code units, as JSON has it (RFC 8259, section 7). */
function escapeNonAscii(text: string): string {
  return text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
