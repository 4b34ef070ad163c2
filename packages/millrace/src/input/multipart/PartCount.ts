import { codedError } from '../../errors/codedError.ts'
import type { MultipartLimits } from '../../plan/multipart.ts'
import type { PartHead } from './partHead.ts'

/** Counts the parts of one body, and what is in them, against their limits. */
export class PartCount {
  readonly #limits: MultipartLimits
  #files = 0
  #fields = 0
  #fieldBytes = 0

  constructor(limits: MultipartLimits) {
    this.#limits = limits
  }

  /** @throws {HttpError} `too_many_parts`; `unsupported_media_type` for a file that is not allowed */
  add({ name, type }: PartHead, isFile: boolean): void {
    const { maxFiles, maxFields, maxParts, types } = this.#limits
    if (isFile) this.#files++
    else this.#fields++
    if (isFile && maxFiles === 0)
      throw codedError('unsupported_media_type', `The part '${name}' is a file, and this operation takes none`)
    if (this.#files > maxFiles) throw tooMany('files', maxFiles)
    if (this.#fields > maxFields) throw tooMany('fields', maxFields)
    if (this.#files + this.#fields > maxParts) throw tooMany('parts', maxParts)
    if (isFile && types && !types.some((allowed) => isOfType(type, allowed)))
      throw codedError('unsupported_media_type', `The file '${name}' is not of a type that is allowed`, {
        headers: { accept: types.join(', ') },
      })
  }

  /** @throws {HttpError} `part_too_large` for a file of which so much has come */
  checkFile({ name }: { readonly name: string }, size: number): void {
    const { maxFileBytes } = this.#limits
    if (size > maxFileBytes)
      throw codedError('part_too_large', `The file '${name}' is larger than ${maxFileBytes} bytes`)
  }

  /** @throws {HttpError} `part_too_large` for fields that are too large together */
  addFieldBytes(bytes: number): void {
    const { maxFieldBytes } = this.#limits
    this.#fieldBytes += bytes
    if (this.#fieldBytes > maxFieldBytes)
      throw codedError('part_too_large', `The fields of the body are larger than ${maxFieldBytes} bytes together`)
  }
}

function tooMany(what: string, most: number): Error {
  return codedError('too_many_parts', `The body has more than ${most} ${what}`)
}

function isOfType(type: string, allowed: string): boolean {
  return allowed.endsWith('/*') ? type.startsWith(allowed.slice(0, -1)) : type === allowed
}
