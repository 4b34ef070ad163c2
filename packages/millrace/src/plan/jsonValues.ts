/** How JSON replies write values that JSON has no form for. */
export interface JsonValues {
  /** `NaN` and `Infinity`: `null` (default), a string such as `"NaN"`, or refused, which answers 500. */
  readonly nan?: 'null' | 'string' | 'error'
  /** A string of its digits (default), a number, which many clients round, or refused. */
  readonly bigint?: 'string' | 'number' | 'error'
  /** An ISO 8601 string (default), or milliseconds since 1970. */
  readonly date?: 'iso' | 'epochMs'
  /** An object of its entries (default), or an array of pairs, which keeps keys that are no strings. */
  readonly map?: 'object' | 'entries'
  /** Typed arrays, `ArrayBuffer` and `DataView`: an array (default), or the base64 of their bytes (RFC 4648, section 4). */
  readonly typedArray?: 'array' | 'base64'
}
