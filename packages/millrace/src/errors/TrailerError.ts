/**
 * Thrown by code that gives an answer a trailer which cannot be one: its field has no place after a body, or the head
 * of the answer, which has to announce it, is on its way already.
 */
export class TrailerError extends TypeError {
  override readonly name: string = 'TrailerError'
  readonly code: 'forbidden_trailer' | 'late_trailer'

  constructor(code: 'forbidden_trailer' | 'late_trailer', message: string) {
    super(message)
    this.code = code
  }
}
