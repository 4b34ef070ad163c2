import { fieldShapesOf } from '../../plan/fieldShapes.ts'
import { formLimits, type MultipartLimits } from '../../plan/multipart.ts'
import type { Schema } from '../../plan/schema.ts'
import type { FilesInForms } from '../bodyRules.ts'
import type { RequestContext } from '../context.ts'
import { parseJson } from '../json.ts'
import { NullObject } from '../nullObject.ts'
import { compileValueLimit } from '../valueLimit.ts'
import type { IncomingPart } from './IncomingPart.ts'
import { PartReader, type PartRules } from './PartReader.ts'
import { addValue, formOf, type PartForm } from './partForm.ts'
import { TemporaryFiles } from './TemporaryFiles.ts'

/** Reads a whole multipart body into values by name: strings, files, and what parts of JSON hold. */
export type FormReader = (
  source: ReadableStream<Uint8Array>,
  contentType: string,
  context: RequestContext,
) => Promise<Record<string, unknown>>

/** What a body may hold. */
export interface FormOptions {
  /** Of `multipart()`; without them it is a form, which takes no files. */
  readonly limits: MultipartLimits | undefined
  readonly filesInForms: FilesInForms
}

interface Entry {
  readonly name: string
  readonly form: PartForm
  readonly value: string | File
}

/**
 * Compiles how a multipart body is read by a schema.
 *
 * The reader throws an {@link HttpError}: what {@link PartReader} throws, and `malformed_body`, `malformed_json`,
 * `unsafe_key`, `too_many_values` for what stands in fields.
 */
export function compileForm(schema: Schema, maxValues: number, { limits: own, filesInForms }: FormOptions): FormReader {
  const limits = own ?? (filesInForms === 'refuse' ? formLimits : { ...formLimits, maxFiles: formLimits.maxFields })
  const dropsFiles = own === undefined && filesInForms === 'drop'
  const shapes = fieldShapesOf(schema)
  const limitValues = compileValueLimit({ kind: 'json', schema }, maxValues)
  const isFile: PartRules['isFile'] = (head) => !head.isUnnamed && formOf(shapes, head) === 'file'

  return async (source, contentType, context) => {
    const files = new FileKeeper(limits.maxMemoryBytes, context)
    const entries: Entry[] = []
    for await (const part of new PartReader(source, contentType, { limits, isFile })) {
      const form = formOf(shapes, part.head)
      if (dropsFiles && form === 'file') continue
      const value = form === 'file' ? await files.keep(part) : await part.text()
      // What a browser sends of a file input in which no file was chosen.
      const isNothing = value instanceof File && part.head.isUnnamed && value.size === 0
      if (!isNothing) entries.push({ name: part.name, form, value })
    }
    // As if all of it were one list: many small parts cost as much as one large one.
    limitValues?.(entries.flatMap(({ form, value }) => (form === 'json' ? [value] : [])).join(','))
    const values = new NullObject()
    for (const { name, form, value } of entries) {
      const parsed = form === 'json' ? parseJson(value as string, `The part '${name}'`) : value
      addValue(values, shapes, name, parsed, form)
    }
    return values
  }
}

/** Makes web `File`s, in memory until there is no more room for them there. */
class FileKeeper {
  readonly #disk: TemporaryFiles
  #room: number

  constructor(maxMemoryBytes: number, context: RequestContext) {
    this.#room = maxMemoryBytes
    this.#disk = new TemporaryFiles(context)
  }

  async keep(part: IncomingPart): Promise<File> {
    const pieces: Uint8Array<ArrayBuffer>[] = []
    let size = 0
    let content: Blob | undefined
    for (let piece = await part.read(); piece; piece = await part.read()) {
      // Bytes of a parser, which are never shared between threads.
      pieces.push(piece as Uint8Array<ArrayBuffer>)
      size += piece.byteLength
      if (size <= this.#room) continue
      content = await this.#disk.write(all(pieces, part), part.type)
      break
    }
    if (!content) this.#room -= size
    return new File(content ? [content] : pieces, part.filename ?? '', { type: part.type })
  }
}

async function* all(pieces: readonly Uint8Array[], part: IncomingPart): AsyncGenerator<Uint8Array> {
  yield* pieces
  for (let piece = await part.read(); piece; piece = await part.read()) yield piece
}
