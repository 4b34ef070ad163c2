import { dependency } from 'millrace'
import { models } from '../models/models.ts'
import type { TextModels } from '../models/TextModels.ts'
import { type Progress, progress } from '../progress.ts'
import { DocsIndex } from './DocsIndex.ts'

/** Millrace's own docs pages. */
const docsFolder = new URL('../../../docs/', import.meta.url)

/** The index of the docs pages, embedded at start-up. */
export const docs = dependency({ scope: 'app', deps: { models, progress } }, ({ models, progress }) =>
  readDocs(docsFolder, models, progress),
)

/** Reads a folder of pages into an index, and tells how far it is. */
export async function readDocs(folder: URL, models: TextModels, progress: Progress): Promise<DocsIndex> {
  const step = progress.begin('embedding docs')
  const index = await DocsIndex.read(folder, models, (done, all) => step.update(`${done}/${all} texts`))
  if (index.passages === 0) step.end('(none found: /search and /ask will answer 503)')
  else step.end(`${index.pages} pages, ${index.passages} passages`)
  return index
}
